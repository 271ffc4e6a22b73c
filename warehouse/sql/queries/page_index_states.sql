-- The verdict of each followed index on a day, by its own members. Parameter: day.
select i.index_code, i.name, i.name_zh, i.name_zh_hans, i.market, s.*
from index_status as s
join indices as i on i.index_symbol = s.index_symbol
where s.trade_date = cast($day as date)
order by i.market desc, i.launched_on, i.index_symbol desc
