-- Judged sessions, oldest first. Parameters: market (null for both), first, last (null for no bound).
select market, trade_date, state, expected, received, suspended, held, missing, unobtainable, reason,
    reason_zh, reason_zh_hans
from session_status
where ($market is null or market = $market)
    and ($first is null or trade_date >= cast($first as date))
    and ($last is null or trade_date <= cast($last as date))
order by trade_date, market desc
