-- What became of a member's key on a day: one row an index that it was a member of. Parameters: symbol, day.
select i.index_code, d.state, d.name
from members_of_day as d
join indices as i on i.index_symbol = d.index_symbol
where d.symbol = $symbol and d.trade_date = cast($day as date)
order by i.index_code
