-- How did the three indices do on their last evening, and can it be trusted?
select w.trade_date, w.index_code, w.close, w.change_points, w.return_1d, s.state, s.reason
from market_wrap as w
join session_status as s on s.market = w.market and s.trade_date = w.trade_date
qualify row_number() over (partition by w.index_symbol order by w.trade_date desc) = 1
order by w.index_code
