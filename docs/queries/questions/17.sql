-- Which ten members of the Hang Seng Index were traded for the most money, by our estimate?
select p.trade_date, p.symbol, p.name, p.volume * (p.high + p.low + p.close) / 3 as turnover_estimate, p.currency
from prices as p
join members as m on m.index_symbol = '^HSI' and m.symbol = p.symbol
    and m.valid_from <= p.trade_date and (m.valid_to is null or m.valid_to > p.trade_date)
where p.trade_date = (select max(trade_date) from breadth where index_symbol = '^HSI')
order by turnover_estimate desc
limit 10
