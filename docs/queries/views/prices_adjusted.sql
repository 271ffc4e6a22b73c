select trade_date, close, close_split_adjusted, close_total_return, split_factor, dividend_factor
from prices_adjusted
where symbol = '1810.HK'
order by trade_date desc
limit 10
