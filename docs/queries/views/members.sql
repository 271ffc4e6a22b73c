select symbol, name, valid_from, valid_to
from members
where index_symbol = 'HSTECH.HK' and valid_from >= date '2026-01-01'
order by valid_from, symbol
