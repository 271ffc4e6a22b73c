-- What was held of a symbol on a day, whatever became of it. Parameters: symbol, day.
select id, trade_date, kind, open, high, low, close, volume, value, rule, detail, status, held_at, decided_at, decided_by, note, source
from quarantine
where symbol = $symbol and trade_date = cast($day as date)
order by held_at, id
