select trade_date, member_count, advancers, decliners, unchanged, suspended, held, missing, no_reference
from breadth
where index_symbol = '^HSI'
order by trade_date desc
limit 10
