-- Every index of a date as evenings tell it. Parameter: day.
select
    market, index_code, index_symbol, name, state, close, change_points, return_1d, return_mtd, return_ytd, since_status,
    leaders, laggards, headline
from evening_indices
where trade_date = cast($day as date)
order by position
