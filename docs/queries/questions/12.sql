-- What did the prices of a day look like to somebody who asked on an earlier evening?
select symbol, trade_date, close, return_1d
from prices_as_known_on(timestamptz '2026-05-20 12:00:00+00')
where symbol = '0388.HK' and trade_date = '2026-05-19'
