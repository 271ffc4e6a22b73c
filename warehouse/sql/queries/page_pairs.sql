-- The companies with lines in both markets, those whose two lines moved most differently first, with the local times of their
-- closes. Parameter: day.
select
    base.called(n.house_name, p.company) as company,
    n.name_zh as company_zh,
    n.name_zh_hans as company_zh_hans,
    a_symbol,
    h_symbol,
    a_return_1d,
    h_return_1d,
    timezone('Asia/Shanghai', a_closes_at) as a_closes_at,
    timezone('Asia/Hong_Kong', h_closes_at) as h_closes_at,
    price_gap
from ah_pairs as p
left join base.dated_names as n
    on n.symbol = p.h_symbol and base.covers(n.valid_from, n.valid_to, cast($day as date))
where p.trade_date = cast($day as date) and a_return_1d is not null and h_return_1d is not null
order by abs(a_return_1d - h_return_1d) desc, a_symbol
