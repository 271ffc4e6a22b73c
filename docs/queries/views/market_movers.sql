select side, rank, symbol, name, round(100 * return_1d, 2) as pct, turnover, turnover_floor
from market_movers
where market = 'HK' and trade_date = (select max(trade_date) from market_movers where market = 'HK')
    and rank <= 5 and not resumed
order by side, rank
