select index_code, trade_date, first_source, first_close, second_source, second_close, difference, finding
from cross_checks
order by abs(difference) desc nulls last
limit 10
