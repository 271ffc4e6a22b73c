-- A code, and whom it has meant, oldest first. Parameter: symbol.
select symbol, market, name, valid_from, valid_to, listed_on, first_bar, last_bar, unobtainable, source
from instruments
where symbol = $symbol
order by valid_from nulls first
