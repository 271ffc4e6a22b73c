-- Which members of the CSI 300 are up most over the month, and are they at a 52-week high?
select r.trade_date, r.symbol, m.name, r.return_mtd, r.new_high_52w
from stock_returns as r
join members as m on m.index_symbol = '000300.SS' and m.symbol = r.symbol
    and m.valid_from <= r.trade_date and (m.valid_to is null or m.valid_to > r.trade_date)
where r.trade_date = (select max(trade_date) from breadth where index_symbol = '000300.SS')
order by r.return_mtd desc nulls last
limit 10
