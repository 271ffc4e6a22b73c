select index_symbol, trade_date, members, weight, points, change_points, residual, reason
from contribution_check
order by trade_date desc, index_symbol
limit 6
