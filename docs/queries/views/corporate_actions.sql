select symbol, ex_date, kind, value, currency
from corporate_actions
order by ex_date desc, symbol
limit 10
