select symbol, return_1d, return_wtd, return_mtd, return_ytd, new_high_52w
from stock_returns
where trade_date = (select max(trade_date) from stock_returns)
order by return_mtd desc nulls last
limit 10
