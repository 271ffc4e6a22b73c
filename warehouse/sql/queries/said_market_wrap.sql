select w.trade_date, w.index_symbol as subject, w as said
from market_wrap as w
where w.market = $market and w.trade_date >= getvariable('first_day')
