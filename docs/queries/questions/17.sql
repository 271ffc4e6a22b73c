-- Which ten members of the Hang Seng Index were traded for the most money, by our estimate?
select symbol, name, turnover_estimate, currency
from top_movers
where index_symbol = '^HSI' and trade_date = (select max(trade_date) from top_movers where index_symbol = '^HSI')
order by turnover_estimate desc
limit 10
