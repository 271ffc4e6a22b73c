select trade_date, kind, opens, closes, final_from, source
from sessions
where market = 'HK' and kind <> 'full' and trade_date between '2022-01-01' and '2022-12-31'
order by trade_date
