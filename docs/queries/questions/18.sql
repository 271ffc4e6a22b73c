-- Which dividends and splits went ex in the last stored month, and what did the prices do?
select a.ex_date, a.symbol, a.kind, a.value, p.previous_close, p.reference_price, p.close, p.return_1d
from corporate_actions as a
left join prices as p on p.symbol = a.symbol and p.trade_date = a.ex_date
where a.ex_date >= (select max(trade_date) - interval 31 day from prices)
order by a.ex_date, a.symbol
