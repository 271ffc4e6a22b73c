-- Which sessions are not complete, and why?
select trade_date, market, state, held, missing, reason
from session_status
where state in ('partial', 'pending')
order by trade_date, market
