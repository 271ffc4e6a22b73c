select symbol, name, state, close, return_1d, turnover, currency
from official_prices
where market = 'HK' and trade_date = (select max(trade_date) from official_prices where market = 'HK')
order by turnover desc nulls last
limit 10
