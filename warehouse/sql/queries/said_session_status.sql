select s.trade_date, s.market as subject, s as said
from session_status as s
where s.market = $market and s.trade_date >= getvariable('first_day')
