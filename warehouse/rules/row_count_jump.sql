-- A session with a tenth more or fewer stock bars than is usual among the ten sessions on either side: a part of the
-- market is missing, or somebody else's bars are in. Further away the lists of members are others.
with counted as (
    select market, trade_date, count(distinct symbol) as rows, bool_or(is_new) as is_new
    from bars
    where not is_index
    group by market, trade_date
),
beside as (
    select
        market,
        trade_date,
        rows,
        is_new,
        median(rows) over around as usual_rows,
        count(*) over around as sessions
    from counted
    window around as (
        partition by market
        order by trade_date
        rows between 10 preceding and 10 following
    )
),
final as (
    select market as symbol, trade_date, format('{} stock bars where {:.0f} are usual', rows, usual_rows) as detail
    from beside
    where is_new and sessions >= 5 and abs(rows - usual_rows) > 0.1 * usual_rows
)
select * from final order by trade_date
