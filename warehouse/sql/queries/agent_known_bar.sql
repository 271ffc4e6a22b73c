-- A stock's bar of a day as we held it at a moment. Parameters: symbol, day, moment.
select
    trade_date, symbol, name, open, high, low, close, volume, previous_close, reference_price, return_1d, ex, trading_state,
    source, known_from
from prices_as_known_on($moment)
where symbol = $symbol and trade_date = cast($day as date)
