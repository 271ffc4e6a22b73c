-- What is held back, by which rule, with which values?
select id, symbol, trade_date, open, high, low, close, volume, rule, detail
from quarantine
where status = 'held'
order by trade_date, symbol
