-- On how many of the stored days did more members of the index rise than fall while the index fell?
select b.index_symbol, count(*) as days
from breadth as b
join index_returns as r on r.index_symbol = b.index_symbol and r.trade_date = b.trade_date
where b.advancers > b.decliners and r.return_1d < 0
group by b.index_symbol
order by b.index_symbol
