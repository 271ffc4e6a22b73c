select trade_date, index_code, role, state, close, return_1d, headline
from evening_indices
qualify trade_date = max(trade_date) over ()
order by position
