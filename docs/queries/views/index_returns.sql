select trade_date, index_code, close, return_1d, return_mtd, return_ytd, rank_in_month, streak
from index_returns
where index_code in ('HSI', 'HSTECH', 'CSI300')
order by trade_date desc, index_code
limit 9
