select b.trade_date, b.index_symbol as subject, b as said
from breadth as b
join indices as i on i.index_symbol = b.index_symbol
where i.market = $market and b.trade_date >= getvariable('first_day')
    and b.trade_date between make_date($year, 1, 1) and make_date($year, 12, 31)
