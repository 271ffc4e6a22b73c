-- Which stocks are up most over the month, and are they at a 52-week high?
select r.symbol, p.name, r.return_mtd, r.new_high_52w
from stock_returns as r
join prices as p on p.symbol = r.symbol and p.trade_date = r.trade_date
where r.trade_date = (select max(trade_date) from stock_returns)
order by r.return_mtd desc nulls last
limit 10
