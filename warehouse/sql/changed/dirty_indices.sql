-- The indices whose rows are other ones, each from the first day that is.
with found as (
    select symbol as index_symbol, trade_date as day from changed_index_versions
    union all
    select i.index_symbol, g.trade_date
    from changed_session_grid as g
    join base.indices as i on i.market = g.market
    where g.trade_date <= (select max(trade_date) from base.index_versions)
),
firsts as (
    select f.index_symbol, i.market, min(f.day) as day
    from found as f
    join base.indices as i on i.index_symbol = f.index_symbol
    group by f.index_symbol, i.market
)
select
    f.index_symbol,
    -- From the day after the close before: sessions that were skipped are holes once there is a later one. Before the known
    -- sessions an index's own bars are its sessions, counted backwards.
    coalesce(case when f.day >= k.first_day then max(d.trade_date) + 1 end, date '0001-01-01') as from_day
from firsts as f
join (select market, min(trade_date) as first_day from base.session_grid group by market) as k on k.market = f.market
left join base.index_days as d
    on d.index_symbol = f.index_symbol and d.trade_date < f.day and d.close is not null
group by f.index_symbol, f.day, k.first_day
