select symbol, name, weight, move, points, weights_as_of
from contribution
where index_symbol = '000300.SS' and trade_date = (select max(trade_date) from contribution)
order by points desc
limit 10
