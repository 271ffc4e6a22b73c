-- Every (symbol, day) that a covered session owes, each in the first state that applies.
create table base.keys as
with covered as (
    -- From the first day that any run covered to the last one that was final when this file was built.
    select g.market, g.trade_date
    from base.session_grid as g
    join base.sessions as s on s.market = g.market and s.trade_date = g.trade_date
    join (
        select market, min(first_date) as first_date from base.runs where state = 'stored' group by market
    ) as r on r.market = g.market and g.trade_date >= r.first_date
    cross join base.build as b
    where s.final_from + to_minutes(b.settle_minutes) <= b.built_at
),
members as (
    select distinct c.market, c.trade_date, m.index_symbol, m.symbol
    from covered as c
    join base.indices as i on i.market = c.market and i.role = 'followed'
    join base.members as m
        on m.index_symbol = i.index_symbol
        and base.covers(m.valid_from, m.valid_to, c.trade_date)
),
expected as (
    select market, trade_date, index_symbol, symbol, false as is_index from members
    union all
    -- An index owes nothing before its first members: the Hang Seng TECH Index began in July 2020.
    select c.market, c.trade_date, i.index_symbol, i.index_symbol, true
    from covered as c
    join base.indices as i on i.market = c.market and i.role = 'followed'
    join (select index_symbol, min(valid_from) as first_day from base.members group by index_symbol) as f
        on f.index_symbol = i.index_symbol and f.first_day <= c.trade_date
),
stored as (
    select symbol, trade_date, trading_state from base.price_versions where known_to is null
    union all
    select symbol, trade_date, trading_state from base.index_versions where known_to is null
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
refusals as (
    select symbol, asked_on, first_date, last_date from base.answers where outcome = 'no data'
),
refused as (
    select e.symbol, e.trade_date
    from (select distinct symbol, trade_date from expected) as e
    join refusals as r on r.symbol = e.symbol and e.trade_date between r.first_date and r.last_date
    group by e.symbol, e.trade_date
    having count(distinct r.asked_on) >= 3
),
final as (
    select
        e.market,
        e.trade_date,
        e.index_symbol,
        e.symbol,
        e.is_index,
        case
            when s.trading_state = 'traded' or (e.is_index and s.symbol is not null) then 'received'
            when s.trading_state = 'suspended' then 'suspended'
            when h.rules is not null then 'held'
            when u.symbol is not null or r.symbol is not null then 'unobtainable'
            else 'missing'
        end as state,
        coalesce(h.rules, case when h.is_rejected then 'rejected' end) as rules
    from expected as e
    left join stored as s on s.symbol = e.symbol and s.trade_date = e.trade_date
    left join held as h on h.symbol = e.symbol and h.trade_date = e.trade_date
    left join base.unobtainable as u
        on u.symbol = e.symbol
        and base.covers(u.valid_from, u.valid_to, e.trade_date)
    left join refused as r on r.symbol = e.symbol and r.trade_date = e.trade_date
)
select * from final order by trade_date, symbol;
