select market, trade_date, source, compared, equal, explained, unexplained, share, worst_symbol, worst_difference
from agreement
order by trade_date desc, market
limit 10
