select symbol, suspended_from, suspended_to, return_on_resumption
from suspensions
order by suspended_from desc, symbol
limit 10
