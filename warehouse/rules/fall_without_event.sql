-- A Hong Kong stock that opens and closes an eighth below the close before, on a day on which the others did not fall and
-- nobody told of an event: a large dividend, or a distribution in kind, that the vendor does not know looks like that.
-- Three of 11,000 recorded bars did, one of them on bad news.
with moves as (
    select
        market,
        symbol,
        trade_date,
        is_new,
        is_ex,
        open / reference_price - 1 as opening_move,
        close / reference_price - 1 as move
    from bars
    where market = 'HK' and not is_index and sessions_since = 1 and trading_state = 'traded'
),
beside as (
    select
        *,
        (sum(move) over the_day - move) / (count(*) over the_day - 1) as mean_move,
        count(*) over the_day - 1 as others
    from moves
    window the_day as (partition by trade_date)
),
final as (
    select
        symbol,
        trade_date,
        format('fell {:.1f}% while {} others moved {:+.1f}% on average', -100 * move, others, 100 * mean_move) as detail
    from beside
    where is_new and not is_ex and others >= 10 and greatest(opening_move, move) < -0.12 and move < mean_move - 0.10
)
select * from final order by trade_date, symbol
