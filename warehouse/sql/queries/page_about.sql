-- When the database was built and who gave the prices of a day. Parameter: day.
select
    (select built_at from base.build) as built_at,
    (select list(distinct source order by source) from prices where trade_date = cast($day as date)) as stock_sources,
    (select list(distinct source order by source) from index_prices where trade_date = cast($day as date))
        as index_sources
