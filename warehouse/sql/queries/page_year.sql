-- The year of closes of every index up to a day, with the highest and lowest close of the 20 sessions up to each, how far each
-- stands under the highest before it, and its move; null where a session is not stored. Parameter: day.
with sessions_of_index as (
    select
        d.index_symbol,
        d.trade_date,
        d.close,
        case when count(d.close) over the_20 = 20 then max(d.close) over the_20 end as high,
        case when count(d.close) over the_20 = 20 then min(d.close) over the_20 end as low
    from base.index_days as d
    where d.trade_date between cast($day as date) - interval 400 day and cast($day as date)
    window the_20 as (partition by d.index_symbol order by d.seq rows between 19 preceding and current row)
)
select
    r.index_symbol,
    r.history_from,
    list(d.trade_date order by d.trade_date) as trade_dates,
    list(d.close order by d.trade_date) as closes,
    list(d.high order by d.trade_date) as highs,
    list(d.low order by d.trade_date) as lows,
    list(m.drawdown order by d.trade_date) as drawdowns,
    list(m.return_1d order by d.trade_date) as moves
from index_returns as r
join sessions_of_index as d
    on d.index_symbol = r.index_symbol
    and d.trade_date between greatest(cast($day as date) - interval 1 year, r.history_from) and cast($day as date)
left join index_returns as m on m.index_symbol = d.index_symbol and m.trade_date = d.trade_date
where r.trade_date = cast($day as date)
group by r.index_symbol, r.history_from
order by r.index_symbol
