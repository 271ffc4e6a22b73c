-- A session with a tenth more or fewer stock bars than is usual among the sessions around it: a part of the market is
-- missing, or somebody else's bars are in.
with counted as (
    select market, trade_date, count(distinct symbol) as rows, bool_or(is_new) as is_new
    from bars
    where not is_index
    group by market, trade_date
),
usual as (
    select market, median(rows) as rows, count(*) as sessions from counted group by market
),
final as (
    select
        c.market as symbol, c.trade_date, format('{} stock bars where {:.0f} are usual', c.rows, u.rows) as detail
    from counted as c
    join usual as u on u.market = c.market
    where c.is_new and u.sessions >= 5 and abs(c.rows - u.rows) > 0.1 * u.rows
)
select * from final order by trade_date
