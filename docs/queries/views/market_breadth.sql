select market, trade_date, lines, advancers, decliners, limit_up, limit_down, turnover_total, turnover_equities
from market_breadth
order by trade_date desc, market
limit 10
