-- What is known of an index and its members on a day. Parameters: index, day.
select
    i.index_symbol, i.index_code, i.name, i.market, i.role, p.close is not null as has_bar,
    s.* exclude (index_symbol, reason_zh, reason_zh_hans)
from indices as i
left join index_prices as p on p.index_symbol = i.index_symbol and p.trade_date = cast($day as date)
left join index_status as s on s.index_symbol = i.index_symbol and s.trade_date = cast($day as date)
where i.index_symbol = $index
