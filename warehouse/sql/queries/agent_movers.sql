-- The best and worst members of an index on a day. Parameters: index, day, count.
select
    side, rank, symbol, name, close, reference_price, return_1d, excess_return, ex, resumed, limit_state, turnover_estimate,
    currency
from top_movers
where index_symbol = $index and trade_date = cast($day as date) and rank <= $count
order by resumed, side, rank
