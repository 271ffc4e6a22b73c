select s.trade_date, s.market as subject, s as said
from session_status as s
where s.market = $market and s.trade_date >= getvariable('first_day')
    and s.trade_date between make_date($year, 1, 1) and make_date($year, 12, 31)
