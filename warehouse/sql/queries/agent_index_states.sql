-- The verdict of each followed index of some markets on a day. Parameters: day, markets (a list).
select i.index_code, i.market, s.* exclude (trade_date, reason_zh, reason_zh_hans)
from index_status as s
join indices as i on i.index_symbol = s.index_symbol
where s.trade_date = cast($day as date) and i.market in (select unnest(cast($markets as varchar[])))
order by i.market desc, i.index_code
