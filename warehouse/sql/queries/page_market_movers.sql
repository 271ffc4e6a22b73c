-- The first five gainers, losers and most active lines of each whole market on a day, over its floor of turnover.
-- Parameter: day.
select market, side, rank, symbol, name, return_1d, turnover, turnover_floor, currency, limit_state
from market_movers
where trade_date = cast($day as date) and rank <= 5 and (side = 'most active' or not coalesce(resumed, false))
order by market desc, side, rank
