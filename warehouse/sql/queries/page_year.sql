-- The year of closes of every index up to a day; null where a session is not stored. Parameter: day.
select
    r.index_symbol,
    list(d.trade_date order by d.trade_date) as trade_dates,
    list(d.close order by d.trade_date) as closes
from index_returns as r
join base.index_days as d
    on d.index_symbol = r.index_symbol
    and d.trade_date between greatest(cast($day as date) - interval 1 year, r.history_from) and cast($day as date)
where r.trade_date = cast($day as date)
group by r.index_symbol
