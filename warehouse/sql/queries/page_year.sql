-- The year of closes of every index up to a day; null where a session is not stored. Parameter: day.
select
    r.index_symbol,
    list(g.trade_date order by g.trade_date) as trade_dates,
    list(p.close order by g.trade_date) as closes
from index_returns as r
join base.session_grid as g
    on g.market = r.market
    and g.trade_date between greatest(cast($day as date) - interval 1 year, r.history_from) and cast($day as date)
left join index_prices as p on p.index_symbol = r.index_symbol and p.trade_date = g.trade_date
where r.trade_date = cast($day as date)
group by r.index_symbol
