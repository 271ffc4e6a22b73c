-- The lines of official evenings whose rows are other ones, each from the first day that is.
with came as (
    -- An evening that was not there: a line is new, or not, by whether it was among those of the evening before.
    select c.market, c.source, min(c.trade_date) as day
    from changed_official_versions as c
    anti join (
        select distinct market, source, trade_date
        from base.official_prices
        where trade_date >= (select min(trade_date) from changed_official_versions)
    ) as o on o.market = c.market and o.source = c.source and o.trade_date = c.trade_date
    group by c.market, c.source
),
counted as (
    select g.market, min(g.trade_date) as day
    from changed_session_grid as g
    join (select market, max(trade_date) as last_day from base.official_versions group by market) as l
        on l.market = g.market and g.trade_date <= l.last_day
    group by g.market
),
found as (
    select symbol, trade_date as day from changed_official_versions
    union all
    select symbol, ex_date from changed_action_versions
    union all
    select symbol, valid_from from changed_dated_names
    union all
    -- Whether a line is new is also said by bars of before it, and by what could not be read.
    select c.symbol, c.trade_date
    from changed_price_versions as c
    semi join base.official_versions as v on v.symbol = c.symbol and v.trade_date > c.trade_date
    union all
    select v.symbol, c.trade_date
    from changed_official_answers as c
    join base.official_versions as v
        on v.market = c.market and v.source = c.source and v.trade_date > c.trade_date
    where c.unread is not null
    union all
    select v.symbol, c.day
    from came as c
    join base.official_versions as v on v.market = c.market and v.source = c.source and v.trade_date > c.day
    union all
    select v.symbol, c.day
    from counted as c
    join (select distinct market, symbol from base.official_versions) as v on v.market = c.market
)
select symbol, min(day) as from_day from found group by symbol
