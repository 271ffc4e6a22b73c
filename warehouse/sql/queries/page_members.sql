-- Every member of each followed index on a day, best first, those without a return last. Parameter: day.
select k.index_symbol, k.symbol, base.short_name(coalesce(p.name, m.name)) as name, k.state, p.return_1d
from base.keys as k
join members as m
    on m.index_symbol = k.index_symbol
    and m.symbol = k.symbol
    and base.covers(m.valid_from, m.valid_to, k.trade_date)
left join prices as p on p.symbol = k.symbol and p.trade_date = k.trade_date
where k.trade_date = cast($day as date) and not k.is_index
order by k.index_symbol, p.return_1d desc nulls last, k.symbol
