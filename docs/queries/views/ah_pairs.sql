select company, a_symbol, a_close, a_return_1d, a_closes_at, h_symbol, h_close, h_return_1d, h_closes_at, price_gap
from ah_pairs
where trade_date = (select max(trade_date) from ah_pairs)
order by company
limit 10
