-- The last judged sessions, oldest first, and before them as many that are not complete, of which there are
-- `earlier_incomplete` in all. Parameters: count.
with newest as (
    from session_status order by trade_date desc, market limit $count
),
incomplete as (
    select *, count(*) over () as earlier_incomplete
    from session_status
    where state in ('partial', 'pending') and (market, trade_date) not in (select (market, trade_date) from newest)
    order by trade_date desc, market
    limit $count
)
select market, trade_date, state, expected, received, suspended, held, missing, unobtainable, reason, earlier_incomplete
from (from incomplete union all by name from newest)
order by trade_date, market desc
