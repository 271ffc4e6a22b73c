select asked_at, source, symbol, owed, filled, outcome, detail
from fills
order by asked_at desc, filled
limit 10
