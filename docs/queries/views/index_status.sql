select trade_date, index_symbol, state, member_count, priced, suspended, held, missing, unobtainable, index_bar
from index_status
order by trade_date desc, index_symbol
limit 9
