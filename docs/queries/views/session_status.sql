select trade_date, market, state, expected, received, suspended, held, missing, unobtainable, reason
from session_status
order by trade_date desc, market
limit 10
