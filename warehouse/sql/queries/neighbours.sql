-- The stored bars around a day, three on either side and its own. Parameters: symbol, day.
with current_bars as (
    select trade_date, open, high, low, close, volume, trading_state, source from price_versions
    where symbol = $symbol and known_to is null
),
before as (
    select * from current_bars where trade_date < cast($day as date) order by trade_date desc limit 3
),
after as (
    select * from current_bars where trade_date >= cast($day as date) order by trade_date limit 4
)
select * from before union all select * from after order by trade_date
