-- Since when a stock moved or stood so, over all that is stored of it: asked for one stock, for nobody asks for all at once.
-- Closes are compared as stock_returns compares them: with everything given back that went ex.
create macro stock_history(stock) as table
with bars as (
    select r.* replace (cast(r.status_52w as varchar) as status_52w), n.name
    from base.stock_returns as r
    left join base.dated_names as n
        on n.symbol = r.symbol and base.covers(n.valid_from, n.valid_to, r.trade_date)
    where r.symbol = stock
),
counted as (
    select
        *,
        lag(session_number) over by_day = session_number - 1 as follows,
        min(trade_date) over () as history_from,
        min(session_number) over () as first_number
    from bars
    window by_day as (order by session_number)
),
known as (
    -- The last place up to a row of which the return is not known, and the last before which a session is not stored.
    select
        *,
        max(session_number) filter (
            where return_1d is null and trading_state_of = 'traded' and session_number > first_number
        ) over so_far as unknown_return,
        max(session_number - 1) filter (where not follows) over so_far as unknown_close
    from (
        select c.*, p.trading_state as trading_state_of
        from counted as c
        join base.prices as p on p.symbol = c.symbol and p.trade_date = c.trade_date
    )
    window so_far as (order by session_number)
),
valued as (
    select
        symbol,
        session_number as place,
        unnest([case when return_1d > 0 then 'gain' else 'fall' end, 'high close', 'low close']) as measure,
        unnest([nullif(abs(return_1d), 0), worth, -worth]) as value,
        true as is_asked
    from known
),
larger as (
    select
        place,
        max(larger) filter (where measure in ('gain', 'fall')) as move_place,
        max(larger) filter (where measure = 'high close') as high_place,
        max(larger) filter (where measure = 'low close') as low_place
    from base.last_larger('valued')
    group by place
),
final as (
    select
        k.market,
        k.symbol,
        k.name,
        k.trade_date,
        k.session_number,
        k.close,
        k.return_1d,
        case when k.return_1d > 0 then m.trade_date end as best_since,
        case when k.return_1d < 0 then m.trade_date end as worst_since,
        case when k.return_1d <> 0
            then base.since_status(l.move_place, greatest(k.unknown_return, k.unknown_close))
        end as since_status,
        h.trade_date as highest_close_since,
        base.since_status(l.high_place, k.unknown_close) as highest_close_status,
        o.trade_date as lowest_close_since,
        base.since_status(l.low_place, k.unknown_close) as lowest_close_status,
        k.high_52w,
        k.high_52w_on,
        k.low_52w,
        k.low_52w_on,
        k.status_52w,
        k.history_from,
        k.source
    from known as k
    left join larger as l on l.place = k.session_number
    left join known as m on m.session_number = l.move_place
    left join known as h on h.session_number = l.high_place
    left join known as o on o.session_number = l.low_place
)
select * from final order by trade_date;

comment on macro table stock_history is 'One row a day of one stock: `best_since` or `worst_since` (the last day with a larger gain, or fall) with `since_status`, and the last day with a higher or lower close (`highest_close_since`, `lowest_close_since`, closes adjusted like the returns) with their statuses, as in `index_returns`; records are of the time since `history_from`. The 52-week columns are those of `stock_returns`.';
