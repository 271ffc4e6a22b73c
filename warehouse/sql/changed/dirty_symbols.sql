-- The stocks whose rows are other ones, each from the first day that is.
with last_days as (
    select market, max(trade_date) as last_day from base.index_versions group by market
),
stocks as materialized (
    select distinct market, symbol from base.price_versions
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
    select symbol, trade_date from changed_official_versions
    union all
    -- What was printed of a stock before it had a bar is of a bar now.
    select o.symbol, o.trade_date
    from (select distinct symbol from changed_price_versions) as c
    join base.official_versions as o on o.symbol = c.symbol
    anti join base.prices as p on p.symbol = c.symbol
    union all
    -- A bar that an official source let pass is compared with it, and settled.
    select symbol, trade_date from changed_quarantine where status = 'cured'
    union all
    select symbol, trade_date from changed_doubted_references
    union all
    select s.symbol, c.day
    from counted as c
    join stocks as s on s.market = c.market
),
firsts as (
    -- What is told of a line without bars is no stock's.
    select s.market, f.symbol, min(f.day) as day
    from found as f
    join stocks as s on s.symbol = f.symbol
    group by s.market, f.symbol
)
-- Whether one factor holds on five comparisons is said of the first of them too.
select
    f.market,
    f.symbol,
    coalesce(list_min(max(c.trade_date, 4)), f.day) as from_day
from firsts as f
left join base.comparisons as c
    on c.symbol = f.symbol and c.trade_date < f.day and c.trade_date >= f.day - 60
group by f.market, f.symbol, f.day
