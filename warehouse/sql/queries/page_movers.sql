-- The first five of each side, and whoever resumed. Parameter: day.
select index_symbol, side, rank, symbol, base.short_name(name) as name, return_1d, excess_return, ex, resumed, limit_state
from top_movers
where trade_date = cast($day as date) and (rank <= 5 or resumed)
order by index_symbol, side, resumed, rank
