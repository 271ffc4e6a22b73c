-- How the members of each followed index did on a day. Parameter: day.
select b.*, i.currency
from breadth as b
join indices as i on i.index_symbol = b.index_symbol
where b.trade_date = cast($day as date)
order by b.index_symbol
