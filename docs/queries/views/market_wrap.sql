select index_code, state, headline
from market_wrap
where trade_date = (select max(trade_date) from market_wrap)
order by market desc, index_code
