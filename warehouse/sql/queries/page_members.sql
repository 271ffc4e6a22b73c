-- Every member of each followed index on a day, best first, those without a return last: what it did, against its index and
-- within its 52 weeks. Parameter: day.
select
    m.index_symbol,
    m.symbol,
    base.called(n.house_name, m.name) as name,
    m.name_zh,
    m.name_zh_hans,
    m.state,
    m.currency,
    m.close,
    m.return_1d,
    case when not m.resumed then round(m.return_1d - i.return_1d, 12) end as excess_return,
    m.volume,
    m.turnover,
    m.turnover_estimate,
    r.low_52w,
    r.high_52w,
    (m.close - r.low_52w) / nullif(r.high_52w - r.low_52w, 0) as place_52w,
    r.new_high_52w,
    r.new_low_52w,
    m.ex,
    m.resumed,
    m.limit_state,
    m.halted_at_close
from members_of_day as m
left join stock_returns as r on r.symbol = m.symbol and r.trade_date = m.trade_date
left join index_returns as i on i.index_symbol = m.index_symbol and i.trade_date = m.trade_date
left join base.dated_names as n
    on n.symbol = m.symbol and base.covers(n.valid_from, n.valid_to, m.trade_date)
where m.trade_date = cast($day as date)
order by m.index_symbol, m.return_1d desc nulls last, m.symbol
