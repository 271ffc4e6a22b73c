-- The last judged sessions, oldest first, and before them as many that are not complete, of which there are
-- `earlier_incomplete` in all. Parameters: count.
with numbered as (
    select *, row_number() over (order by trade_date desc, market) as age from session_status
),
incomplete as (
    select *, row_number() over (order by age) as place, count(*) over () as earlier_incomplete
    from numbered
    where age > $count and state in ('partial', 'pending')
),
final as (
    select * exclude (place) from incomplete where place <= $count
    union all by name
    select * from numbered where age <= $count
)
select market, trade_date, state, expected, received, suspended, held, missing, unobtainable, reason, earlier_incomplete
from final
order by age desc
