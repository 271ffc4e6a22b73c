select id, symbol, trade_date, close, rule, detail, status
from quarantine
order by trade_date desc, symbol
limit 10
