-- An index cannot move far from the plain mean of its members' moves. In the recorded months the Hang Seng TECH Index was
-- 2.3 points away at most, the Hang Seng Index 1.5 and the CSI 300 1.1: 6 points mean a wrong level. Asked only where
-- most members have a move of that one day.
with moves as (
    select symbol, trade_date, is_index, is_new, close, close / reference_price - 1 as move
    from bars
    where sessions_since = 1 and trading_state = 'traded'
),
means as (
    select m.index_symbol, b.trade_date, avg(b.move) as mean_move, count(*) as moved
    from moves as b
    join members as m
        on m.symbol = b.symbol
        and m.valid_from <= b.trade_date
        and (m.valid_to is null or m.valid_to > b.trade_date)
    group by m.index_symbol, b.trade_date
),
sizes as (
    select m.index_symbol, d.trade_date, count(*) as members
    from (select distinct trade_date from moves where is_index and is_new) as d
    join members as m on m.valid_from <= d.trade_date and (m.valid_to is null or m.valid_to > d.trade_date)
    group by m.index_symbol, d.trade_date
),
final as (
    select
        i.symbol,
        i.trade_date,
        format('moved {:+.2f}% while {} members moved {:+.2f}% on average', 100 * i.move, n.moved, 100 * n.mean_move)
            as detail
    from moves as i
    join means as n on n.index_symbol = i.symbol and n.trade_date = i.trade_date
    join sizes as s on s.index_symbol = i.symbol and s.trade_date = i.trade_date
    where i.is_index and i.is_new and 2 * n.moved > s.members and abs(i.move - n.mean_move) > 0.06
)
select * from final order by trade_date, symbol
