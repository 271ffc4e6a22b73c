-- Which members of the Hang Seng TECH Index led on a day?
select rank, symbol, name, return_1d, excess_return
from top_movers
where index_symbol = 'HSTECH.HK' and trade_date = '2026-05-21' and side = 'gainer' and not resumed and rank <= 3
order by rank
