-- The first five gainers, losers and most active lines of each whole market on a day, over its floor of turnover.
-- Parameter: day.
select
    m.market,
    m.side,
    m.rank,
    m.symbol,
    coalesce(n.house_name, m.name, m.symbol) as name,
    n.name_zh,
    n.name_zh_hans,
    m.return_1d,
    m.turnover,
    m.turnover_floor,
    m.currency,
    m.limit_state,
    m.resumed,
    p.ex
from market_movers as m
left join prices as p on p.symbol = m.symbol and p.trade_date = m.trade_date
left join base.dated_names as n
    on n.symbol = m.symbol and base.covers(n.valid_from, n.valid_to, m.trade_date)
where m.trade_date = cast($day as date) and m.rank <= 5 and (m.side = 'most active' or not coalesce(m.resumed, false))
order by m.market desc, m.side, m.rank
