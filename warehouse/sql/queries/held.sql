-- The rows of a market that wait for a decision or a better answer, newest first. Parameter: market.
select id, symbol, trade_date, rule, detail
from quarantine
where market = $market and status = 'held'
order by trade_date desc, symbol
limit 50
