-- What was corrected of a symbol on a day. Parameters: symbol, day.
select trade_date, field, old_value, new_value, known_from, source
from restatements
where symbol = $symbol and trade_date = cast($day as date)
order by known_from, field
