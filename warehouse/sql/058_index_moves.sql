-- Moves over any number of sessions, as "10.8% in three days" and "four of five sessions": the close against the one `n`
-- sessions earlier, and since when a move of that length was larger.
create macro index_moves(n) as table
with days as (
    select
        index_symbol,
        index_code,
        market,
        trade_date,
        session_number,
        close,
        close * coalesce(fill_factor, 1) as level,
        history_from,
        count(*) filter (where return_1d > 0) over so_far as gains_so_far,
        count(*) filter (where return_1d < 0) over so_far as falls_so_far,
        count(return_1d) over so_far as returns_so_far,
        source
    from base.index_returns
    window so_far as (partition by index_symbol order by session_number)
),
moved as (
    select
        d.*,
        cast(n as bigint) as sessions,
        b.trade_date as measured_from,
        b.close as previous_close,
        round(d.level / nullif(b.level, 0) - 1, 12) as move,
        d.returns_so_far - b.returns_so_far = cast(n as bigint) as is_whole,
        d.gains_so_far - b.gains_so_far as gains,
        d.falls_so_far - b.falls_so_far as falls
    from days as d
    left join days as b
        on b.index_symbol = d.index_symbol and b.session_number = d.session_number - cast(n as bigint)
),
sessions as (
    -- A move is unknown where its end or its base is not stored; those before history began are none.
    select
        d.index_symbol,
        d.seq,
        m.move,
        max(d.seq) filter (where m.move is null) over (partition by d.index_symbol order by d.seq) as unknown_seq
    from base.index_days as d
    join (
        select index_symbol, min(session_number) as first_number from base.index_returns group by index_symbol
    ) as f on f.index_symbol = d.index_symbol and d.seq >= f.first_number + cast(n as bigint)
    left join moved as m on m.index_symbol = d.index_symbol and m.session_number = d.seq
),
valued as (
    select index_symbol as symbol, case when move > 0 then 'gain' else 'fall' end as measure, seq as place, nullif(abs(move), 0) as value,
        true as is_asked
    from sessions
),
final as (
    select
        m.index_symbol,
        m.index_code,
        m.market,
        m.trade_date,
        m.sessions,
        m.measured_from,
        m.previous_close,
        m.close,
        m.move,
        case when m.is_whole then m.gains end as gains,
        case when m.is_whole then m.falls end as falls,
        case when m.move > 0 then o.trade_date end as best_since,
        case when m.move < 0 then o.trade_date end as worst_since,
        case when m.move <> 0 then base.since_status(l.larger, s.unknown_seq) end as since_status,
        m.history_from,
        m.source
    from moved as m
    left join sessions as s on s.index_symbol = m.index_symbol and s.seq = m.session_number
    left join base.last_larger('valued') as l on l.symbol = m.index_symbol and l.place = m.session_number
    left join days as o on o.index_symbol = m.index_symbol and o.session_number = l.larger
)
select * from final order by trade_date, index_symbol;

comment on macro table index_moves is 'One row an index and day: its `move` over `n` sessions (close against the close n sessions earlier, a fraction), how many of them were `gains` and `falls` (null unless all are known), and `best_since` or `worst_since` with `since_status` as in `index_returns`, among moves over as many sessions.';
