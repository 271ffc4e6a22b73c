-- Calendars that end within 60 days or have ended. Parameter: now.
select s.market, max(s.trade_date) as last_date
from base.sessions as s
join (
    select market, min(trade_date) as trade_date from base.sessions where kind = 'provisional' group by market
) as provisional on provisional.market = s.market and s.trade_date < provisional.trade_date
group by s.market
having max(s.trade_date) <= cast($now as date) + 60
order by s.market desc
