select trade_date, index_code, state, headline
from market_wrap
qualify row_number() over (partition by index_symbol order by trade_date desc) = 1
order by market desc, index_code
