-- The stocks whose rows are other ones, each from the first day that is.
with last_days as (
    select market, max(trade_date) as last_day from base.index_versions group by market
),
counted as (
    -- A session more or less is counted from there on.
    select g.market, min(g.trade_date) as day
    from changed_session_grid as g
    join last_days as l on l.market = g.market and g.trade_date <= l.last_day
    group by g.market
),
found as (
    select symbol, trade_date as day from changed_price_versions
    union all
    select symbol, ex_date from changed_action_versions
    union all
    select symbol, valid_from from changed_dated_names
    union all
    select symbol, valid_from from changed_limit_spells
    union all
    select s.symbol, c.day
    from counted as c
    join (select distinct market, symbol from base.price_versions) as s on s.market = c.market
)
select symbol, min(day) as from_day from found group by symbol
