-- An index's row of a day as we held it at a moment. Parameters: symbol, day, moment.
select trade_date, index_symbol, close, previous_close, change_points, return_1d, return_mtd, return_ytd, source
from index_returns_as_known_on($moment)
where index_symbol = $symbol and trade_date = cast($day as date)
