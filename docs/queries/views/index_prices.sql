select trade_date, open, high, low, close, previous_close
from index_prices
where index_code = 'HSTECH'
order by trade_date desc
limit 10
