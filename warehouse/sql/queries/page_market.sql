-- Each whole market on a day, as an official source printed it. Parameter: day.
select b.*, s.kind as session_kind
from market_breadth as b
join sessions as s on s.market = b.market and s.trade_date = b.trade_date
where b.trade_date = cast($day as date)
order by b.market desc, b.source
