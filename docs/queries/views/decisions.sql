select decided_at, decision, symbol, trade_date, decided_by, note
from decisions
order by decided_at desc
limit 10
