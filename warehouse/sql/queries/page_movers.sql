-- The first five of each side, and whoever resumed. Parameter: day.
select
    t.index_symbol, t.side, t.rank, t.symbol, base.called(n.house_name, t.name) as name, n.name_zh, n.name_zh_hans,
    t.return_1d, t.excess_return, t.ex, t.resumed, t.limit_state
from top_movers as t
left join base.dated_names as n
    on n.symbol = t.symbol and base.covers(n.valid_from, n.valid_to, t.trade_date)
where t.trade_date = cast($day as date) and (t.rank <= 5 or t.resumed)
order by t.index_symbol, t.side, t.resumed, t.rank
