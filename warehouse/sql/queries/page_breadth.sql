-- How the members of each followed index did on a day. Parameter: day.
select b.*, i.currency, s.kind as session_kind
from breadth as b
join indices as i on i.index_symbol = b.index_symbol
join sessions as s on s.market = i.market and s.trade_date = b.trade_date
where b.trade_date = cast($day as date)
order by b.index_symbol
