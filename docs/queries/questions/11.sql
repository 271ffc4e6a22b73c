-- Which closes were restated after they had been published?
select symbol, trade_date, old_value, new_value, known_from
from restatements
where field = 'close'
order by known_from, symbol
