select w.trade_date, w.index_symbol as subject, w as said
from market_wrap as w
where w.market = $market and w.trade_date >= getvariable('first_day')
    and w.trade_date between make_date($year, 1, 1) and make_date($year, 12, 31)
