-- Which Hong Kong sessions lost hours to the weather?
select trade_date, kind, opens, closes, source
from sessions
where market = 'HK' and kind in ('late', 'early', 'closed')
order by trade_date
