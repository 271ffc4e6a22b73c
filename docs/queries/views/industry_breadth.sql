select industry, member_count, advancers, decliners, round(100 * median_return, 2) as median_pct, points
from industry_breadth
where index_symbol = '^HSI' and trade_date = (select max(trade_date) from industry_breadth)
order by median_return desc
