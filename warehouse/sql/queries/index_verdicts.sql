-- The verdicts of the last sessions of both markets, newest first. Parameter: days (how many days back from the newest).
select trade_date, market, state, expected, received, suspended, held, missing, unobtainable
from session_status
where trade_date > (select max(trade_date) from session_status) - cast($days as integer)
order by trade_date desc, market desc
