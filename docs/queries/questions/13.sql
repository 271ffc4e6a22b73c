-- How far is each index below its highest stored close?
select index_code, trade_date, close, drawdown, history_from
from index_returns
qualify row_number() over (partition by index_symbol order by trade_date desc) = 1
order by drawdown
