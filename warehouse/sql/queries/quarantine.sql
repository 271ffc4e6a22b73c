-- Held rows, newest session first. Parameters: status (null for all), day, rule, market, symbol (null for any).
select
    id,
    market,
    symbol,
    trade_date,
    rule,
    kind,
    value,
    open,
    high,
    low,
    close,
    volume,
    currency,
    held_at,
    status,
    decided_by,
    note,
    detail
from quarantine
where ($status is null or status = $status)
    and ($day is null or trade_date = cast($day as date))
    and ($rule is null or rule = $rule)
    and ($market is null or market = $market)
    and ($symbol is null or symbol = $symbol)
order by trade_date desc, rule, symbol, id
