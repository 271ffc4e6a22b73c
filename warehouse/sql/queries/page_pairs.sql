-- The companies whose two lines moved most differently, with the local times of their closes. Parameter: day.
select
    base.short_name(company) as company,
    a_symbol,
    h_symbol,
    a_return_1d,
    h_return_1d,
    timezone('Asia/Shanghai', a_closes_at) as a_closes_at,
    timezone('Asia/Hong_Kong', h_closes_at) as h_closes_at,
    price_gap
from ah_pairs
where trade_date = cast($day as date) and a_return_1d is not null and h_return_1d is not null
order by abs(a_return_1d - h_return_1d) desc, a_symbol
limit 8
