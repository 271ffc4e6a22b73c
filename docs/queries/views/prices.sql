select trade_date, close, previous_close, reference_price, return_1d, ex, trading_state
from prices
where symbol = '0700.HK'
order by trade_date desc
limit 10
