-- A whole market's day. Parameters: first, last (null for no bound).
select b.*, s.kind as session_kind
from market_breadth as b
join sessions as s on s.market = b.market and s.trade_date = b.trade_date
where ($first is null or b.trade_date >= cast($first as date))
    and ($last is null or b.trade_date <= cast($last as date))
order by b.trade_date, b.market desc
