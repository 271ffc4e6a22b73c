-- Which members of the CSI 300 closed at their upper limit twice or more this month?
select p.symbol, any_value(p.name) as name, count(*) as limit_ups
from prices as p
join members as m on m.index_symbol = '000300.SS' and m.symbol = p.symbol
    and m.valid_from <= p.trade_date and (m.valid_to is null or m.valid_to > p.trade_date)
where p.limit_state = 'closed_up'
    and date_trunc('month', p.trade_date) = (select date_trunc('month', max(trade_date)) from prices where market = 'CN')
group by p.symbol
having count(*) >= 2
order by limit_ups desc, p.symbol
