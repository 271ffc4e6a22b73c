-- How did the three indices do on the last evening, and can it be trusted?
select w.index_code, w.close, w.change_points, w.return_1d, s.state, s.reason
from market_wrap as w
join session_status as s on s.market = w.market and s.trade_date = w.trade_date
where w.trade_date = (select max(trade_date) from market_wrap)
order by w.index_code
