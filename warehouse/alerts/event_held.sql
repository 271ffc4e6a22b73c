-- Splits and dividends that are held for a person to decide. Parameters: market, trade_date (the session that was just told).
select trade_date as ex_date, symbol, kind, value, 'afterclose quarantine show ' || id as look
from quarantine
where market = $market and status = 'held' and kind is not null
    and trade_date between $trade_date - 60 and $trade_date + 7
order by trade_date, symbol
