-- The last bars of a stock up to a day. Parameters: symbol, day, count.
with last_bars as (
    select
        trade_date, symbol, name, market, open, high, low, close, volume, previous_close, reference_price, return_1d, ex,
        dividend, currency, trading_state, resumed, sessions_since_trade, limit_state, basis, source, known_from
    from prices
    where symbol = $symbol and trade_date <= cast($day as date)
    order by trade_date desc
    limit $count
)
select * from last_bars order by trade_date
