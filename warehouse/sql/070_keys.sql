-- From when on the vendor has answered that it has nothing of a symbol: the first refusal after its last good answer.
create view base.silent as
select a.symbol, min(a.asked_on) as no_data_since
from base.answers as a
left join (
    select symbol, max(asked_at) as answered_at from base.answers where outcome = 'ok' group by symbol
) as o on o.symbol = a.symbol
where a.outcome = 'no data' and a.asked_at > coalesce(o.answered_at, timestamptz '-infinity')
group by a.symbol;

-- Every (symbol, day) that a covered session owes, each in the first state that applies. `known_limit` says which limit of
-- the vendor explains it, null where a person or a later answer can mend it; `no_data_since` from when on it has answered
-- that it has nothing, which makes nobody unobtainable: somebody says so (reference/unobtainable.csv). `outcome` and
-- `detail` are of the last answer for a missing day that failed; `events` are those of the day that are held.
create table base.keys as
with covered as (
    -- From the first day that any run covered to the last one that was final when this file was built.
    select g.market, g.trade_date, s.kind, row_number() over (partition by g.market order by g.seq desc) as age
    from base.session_grid as g
    join base.sessions as s on s.market = g.market and s.trade_date = g.trade_date
    join (
        select market, min(first_date) as first_date
        from base.runs
        where state = 'stored' and scope = 'members'
        group by market
    ) as r on r.market = g.market and g.trade_date >= r.first_date
    cross join base.build as b
    where s.final_from + to_minutes(b.settle_minutes) <= b.built_at
),
asked as (
    select c.* from covered as c join dirty_markets as d on d.market = c.market and c.trade_date >= d.from_day
),
members as (
    select c.market, c.trade_date, c.kind, c.age, s.index_symbol, s.symbol
    from asked as c
    join base.indices as i on i.market = c.market and i.role = 'followed'
    join base.member_spells as s
        on s.index_symbol = i.index_symbol and s.first_day <= c.trade_date and s.end_day > c.trade_date
),
expected as (
    select market, trade_date, kind, index_symbol, symbol, false as is_index, false as is_out_of_reach from members
    union all
    -- An index owes nothing before its first members: the Hang Seng TECH Index began in July 2020.
    select c.market, c.trade_date, c.kind, i.index_symbol, i.index_symbol, true, i.history = '5d' and c.age > 5
    from asked as c
    join base.indices as i on i.market = c.market and i.role = 'followed'
    join (select index_symbol, min(valid_from) as first_day from base.members group by index_symbol) as f
        on f.index_symbol = i.index_symbol and f.first_day <= c.trade_date
),
stored as (
    select symbol, trade_date, trading_state
    from base.price_versions
    where known_to is null and trade_date >= getvariable('first_day')
    union all
    select symbol, trade_date, trading_state
    from base.index_versions
    where known_to is null and trade_date >= getvariable('first_day')
),
held as (
    select
        symbol,
        trade_date,
        string_agg(distinct rule, '+' order by rule) filter (where status = 'held') as rules,
        bool_or(status = 'rejected') as is_rejected
    from base.quarantine
    where kind is null
    group by symbol, trade_date
),
held_events as (
    select symbol, trade_date, string_agg(kind || ' ' || rule, '+' order by kind, rule) as events
    from base.quarantine
    where kind is not null and status = 'held'
    group by symbol, trade_date
),
stated as (
    select
        e.*,
        case
            when s.trading_state = 'traded' or (e.is_index and s.symbol is not null) then 'received'
            when s.trading_state = 'suspended' then 'suspended'
            when h.rules is not null then 'held'
            when u.symbol is not null then 'unobtainable'
            else 'missing'
        end as state,
        coalesce(h.rules, case when h.is_rejected then 'rejected' end) as rules,
        v.events,
        n.no_data_since
    from expected as e
    left join stored as s on s.symbol = e.symbol and s.trade_date = e.trade_date
    left join held as h on h.symbol = e.symbol and h.trade_date = e.trade_date
    left join base.unobtainable as u
        on u.symbol = e.symbol
        and base.covers(u.valid_from, u.valid_to, e.trade_date)
    left join held_events as v on v.symbol = e.symbol and v.trade_date = e.trade_date
    left join base.silent as n on n.symbol = e.symbol
),
answered as (
    select
        s.symbol,
        s.trade_date,
        arg_max(a.outcome, (a.asked_at, a.run_id)) as outcome,
        arg_max(coalesce(a.detail, ''), (a.asked_at, a.run_id)) as detail
    from (select distinct symbol, trade_date from stated where state = 'missing') as s
    join base.answers as a on a.symbol = s.symbol and s.trade_date between a.first_date and a.last_date
    group by s.symbol, s.trade_date
),
failed as (
    select * from answered where outcome in ('transient', 'unknown shape')
),
final as (
    select
        market,
        trade_date,
        index_symbol,
        symbol,
        is_index,
        state,
        rules,
        events,
        case when state = 'missing' then no_data_since end as no_data_since,
        f.outcome,
        f.detail,
        case
            when state = 'unobtainable' then 'gone'
            when state = 'missing' and is_out_of_reach then 'short history'
            when state = 'held' and kind = 'half' and rules = 'newly_flat_market' then 'half day'
        end as known_limit
    from stated
    left join failed as f using (symbol, trade_date)
)
select * from final order by trade_date, symbol;
