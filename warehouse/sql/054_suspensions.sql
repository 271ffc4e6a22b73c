-- How long a stock did not trade. A spell is made of neighbouring sessions: a hole ends it, what was in it is not known.
create view suspensions as
with bars as (
    -- Suspended bars, and every bar that comes after one or after a hole.
    select p.*, g.seq, max(g.seq) over (partition by p.symbol) as last_seq
    from base.prices as p
    join base.session_grid as g on g.market = p.market and g.trade_date = p.trade_date
    where p.trading_state = 'suspended' or p.sessions_since_trade is distinct from 1
),
numbered as (
    select *, seq - row_number() over (partition by symbol order by seq) as spell
    from bars
    where trading_state = 'suspended'
),
spells as (
    select
        market,
        symbol,
        min(trade_date) as suspended_from,
        max(trade_date) as last_date,
        max(seq) as seq,
        max(seq) = any_value(last_seq) as is_lasting,
        count(*) as sessions,
        coalesce(
            any_value(official_source) filter (where official_state in ('suspended', 'halted')), any_value(source)
        ) as source
    from numbered
    group by market, symbol, spell
),
final as (
    select
        s.market,
        s.symbol,
        n.name,
        s.suspended_from,
        case when not s.is_lasting then s.last_date end as suspended_to,
        s.sessions,
        b.return_1d as return_on_resumption,
        s.source
    from spells as s
    left join base.dated_names as n
        on n.symbol = s.symbol and base.covers(n.valid_from, n.valid_to, s.last_date)
    left join bars as b on b.symbol = s.symbol and b.seq = s.seq + 1 and b.resumed
)
select * from final order by suspended_from, symbol;

comment on view suspensions is 'One row a spell of neighbouring sessions on which a stock did not trade; a session that is not stored ends a spell.';
comment on column suspensions.market is 'HK or CN.';
comment on column suspensions.symbol is 'Vendor symbol.';
comment on column suspensions.name is 'Name of that day where it is dated, English where one is known; see docs/decisions/0009.';
comment on column suspensions.suspended_from is 'First stored session without a trade; it began earlier if the bar before it is not stored.';
comment on column suspensions.suspended_to is 'Last stored session without a trade; null while no later bar is stored.';
comment on column suspensions.sessions is 'Sessions without a trade, of those stored.';
comment on column suspensions.return_on_resumption is 'Return of the next session against the last trade before, as the market quotes it; null while it lasts, and when a session in between is not stored.';
comment on column suspensions.source is 'Who said so: the official source where one prints it, else the vendor whose bars have no volume; simulated means invented prices of the demonstration market.';
