-- What each followed index did on the last sessions, newest first. Parameter: days (how many days back from the newest).
select r.trade_date, i.index_code, i.name, i.name_zh, i.name_zh_hans, i.market, r.close, r.return_1d, r.source
from index_returns as r
join indices as i on i.index_symbol = r.index_symbol and i.role = 'followed'
where r.trade_date > (select max(trade_date) from session_status) - cast($days as integer)
order by r.trade_date desc, i.market desc, i.launched_on, i.index_symbol desc
