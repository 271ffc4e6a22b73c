-- Indices that closed at their lowest in 52 weeks. Parameters: market, trade_date (the session that was just told).
select trade_date, name, printf('%,.2f', close) as close, 'lowest close in 52 weeks' as why
from index_returns
where market = $market and trade_date = $trade_date and close = low_52w and status_52w = 'whole'
order by name
