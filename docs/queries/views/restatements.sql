select symbol, trade_date, field, old_value, new_value, known_from
from restatements
order by known_from desc, symbol, field
limit 10
