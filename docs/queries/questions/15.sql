-- Which members are halted, since when, and what did others do on resumption?
select symbol, suspended_from, suspended_to, return_on_resumption
from suspensions
order by suspended_to desc nulls first, suspended_from
