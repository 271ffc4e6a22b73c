-- Members that closed at their upper limit. Parameters: market, trade_date (the session that was just told).
select m.trade_date, i.name as index, m.symbol, m.name, printf('%+.2f%%', 100 * m.return_1d) as move
from members_of_day as m
join indices as i on i.index_symbol = m.index_symbol
where i.market = $market and m.trade_date = $trade_date and m.limit_state = 'closed_up'
order by i.name, m.symbol
