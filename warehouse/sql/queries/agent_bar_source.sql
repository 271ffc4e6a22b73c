-- Whose the bar of a stock on a day is, also where it may not be shown. Parameters: symbol, day.
select source
from base.prices
where symbol = $symbol and trade_date = cast($day as date)
