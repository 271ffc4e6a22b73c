-- How much of each index's move its members' points explain, or why there are none. Parameter: day.
select index_symbol, members, points, change_points, residual, weights_as_of, sessions_old, reason
from contribution_check
where trade_date = cast($day as date)
order by index_symbol
