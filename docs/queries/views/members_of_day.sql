select trade_date, symbol, name, name_zh, state, close, return_1d
from members_of_day
where index_symbol = 'HSTECH.HK'
order by trade_date desc, return_1d desc
limit 5
