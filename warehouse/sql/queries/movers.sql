-- The first five gainers and losers of each index of a market on a day, rounded half up from decimals as everywhere.
-- Parameters: market, day.
select
    t.index_symbol, t.side, t.rank, t.symbol, t.name,
    round(100 * cast(t.return_1d as decimal(30, 12)), 2) as percent, t.close
from top_movers as t
join indices as i on i.index_symbol = t.index_symbol
where i.market = $market and t.trade_date = cast($day as date) and t.rank <= 5 and not t.resumed
order by t.index_symbol, t.side, t.rank
