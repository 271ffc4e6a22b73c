-- Returns of every index over the horizons that a market wrap speaks of. A horizon whose base session is not stored is
-- null. Base closes are looked up on the session grid, so that a hole in the bars is not stepped over. Out of the versions
-- that were known at `ts`.
create macro index_returns_as_known_on(ts) as table
with index_prices as (
    select * from base.index_prices_as_known_on(ts)
),
grid as (
    select
        i.index_symbol,
        g.*,
        p.close,
        count(*) over (
            partition by i.index_symbol, date_trunc('month', g.trade_date) order by g.trade_date
        ) as month_sessions,
        count(p.close) over past_year = g.sessions_52w as has_year,
        max(p.close) over past_year as year_high,
        min(p.close) over past_year as year_low
    from base.indices as i
    join base.session_grid as g on g.market = i.market
    left join index_prices as p on p.index_symbol = i.index_symbol and p.trade_date = g.trade_date
    window past_year as (
        partition by i.index_symbol order by g.trade_date
        range between interval 364 days preceding and current row
    )
),
firsts as (
    select index_symbol, min(trade_date) as history_from from index_prices group by index_symbol
),
lagged as (
    select
        g.*,
        f.history_from,
        -- Rounded far below any move, so that equal moves are equal.
        round(g.close / nullif(lag(g.close) over by_session, 0) - 1, 12) as return_1d
    from grid as g
    join firsts as f on f.index_symbol = g.index_symbol and g.trade_date >= f.history_from
    window by_session as (partition by g.index_symbol order by g.trade_date)
),
counted as (
    select
        l.*,
        count(l.return_1d) over (
            partition by l.index_symbol, date_trunc('month', l.trade_date) order by l.trade_date
        ) as month_returns,
        count(*) filter (where l.close is null) over so_far as missing_sessions,
        max(l.trade_date) filter (where l.close is null) over so_far as last_missing,
        max(l.trade_date) filter (where l.return_1d is null and l.trade_date > l.history_from) over so_far as last_unknown,
        max(l.close) over so_far as highest_close,
        max(l.seq) filter (where l.return_1d is null) over so_far as unknown_seq,
        max(l.seq) filter (where l.return_1d is null or l.return_1d <= 0) over so_far as no_gain_seq,
        max(l.seq) filter (where l.return_1d is null or l.return_1d >= 0) over so_far as no_fall_seq
    from lagged as l
    window so_far as (partition by l.index_symbol order by l.trade_date)
),
based as (
    select
        c.*,
        d.close as close_5d,
        w.close as close_wtd,
        m.close as close_mtd,
        q.close as close_qtd,
        y.close as close_ytd,
        a.close as close_1y
    from counted as c
    left join grid as d on d.index_symbol = c.index_symbol and d.seq = c.seq_5d
    left join grid as w on w.index_symbol = c.index_symbol and w.seq = c.seq_wtd
    left join grid as m on m.index_symbol = c.index_symbol and m.seq = c.seq_mtd
    left join grid as q on q.index_symbol = c.index_symbol and q.seq = c.seq_qtd
    left join grid as y on y.index_symbol = c.index_symbol and y.seq = c.seq_ytd
    left join grid as a on a.index_symbol = c.index_symbol and a.seq = c.seq_1y
),
ranks as (
    select
        c.index_symbol,
        c.trade_date,
        1 + count(*) filter (where o.return_1d > c.return_1d) as rank_in_month,
        1 + count(*) filter (where o.return_1d < c.return_1d) as fall_rank_in_month
    from counted as c
    join counted as o
        on o.index_symbol = c.index_symbol
        and date_trunc('month', o.trade_date) = date_trunc('month', c.trade_date)
        and o.trade_date <= c.trade_date
    group by c.index_symbol, c.trade_date
),
measured as (
    -- "Since when" is one question asked of four measures: which was the last earlier day with a larger value?
    select
        index_symbol,
        trade_date,
        date_trunc('month', trade_date) as month,
        unnest(['gain', 'fall', 'high', 'low']) as measure,
        unnest([
            case when return_1d > 0 then return_1d end, case when return_1d < 0 then -return_1d end, close, -close
        ]) as value
    from counted
),
peaks as (
    select index_symbol, measure, month, max(value) as value from measured group by all
),
places as (
    -- It lies in the day's own month or in the last month before that has a larger value: no day meets every other.
    select *, month as place from measured where value is not null
    union all
    select m.*, max(p.month) as place
    from measured as m
    join peaks as p
        on p.index_symbol = m.index_symbol and p.measure = m.measure and p.month < m.month and p.value > m.value
    group by all
),
larger as (
    select
        p.index_symbol,
        p.trade_date,
        max(o.trade_date) filter (where p.measure = 'gain') as gain_date,
        max(o.trade_date) filter (where p.measure = 'fall') as fall_date,
        max(o.trade_date) filter (where p.measure = 'high') as high_date,
        max(o.trade_date) filter (where p.measure = 'low') as low_date
    from places as p
    join measured as o
        on o.index_symbol = p.index_symbol
        and o.measure = p.measure
        and o.month = p.place
        and o.trade_date < p.trade_date
        and o.value > p.value
    group by p.index_symbol, p.trade_date
),
since as (
    -- A day that lies before a hole is no answer: what happened in the hole is not known.
    select
        c.index_symbol,
        c.trade_date,
        case when c.last_unknown is null or l.gain_date > c.last_unknown then l.gain_date end as best_since,
        case when c.last_unknown is null or l.fall_date > c.last_unknown then l.fall_date end as worst_since,
        case when c.last_missing is null or l.high_date > c.last_missing then l.high_date end as highest_close_since,
        case when c.last_missing is null or l.low_date > c.last_missing then l.low_date end as lowest_close_since
    from counted as c
    left join larger as l on l.index_symbol = c.index_symbol and l.trade_date = c.trade_date
),
final as (
    select
        b.index_symbol,
        i.index_code,
        i.name,
        b.market,
        b.trade_date,
        b.close,
        p.previous_close,
        b.close - p.previous_close as change_points,
        b.return_1d,
        b.close / nullif(b.close_5d, 0) - 1 as return_5d,
        b.close / nullif(b.close_wtd, 0) - 1 as return_wtd,
        b.close / nullif(b.close_mtd, 0) - 1 as return_mtd,
        b.close / nullif(b.close_qtd, 0) - 1 as return_qtd,
        b.close / nullif(b.close_ytd, 0) - 1 as return_ytd,
        b.close / nullif(b.close_1y, 0) - 1 as return_1y,
        case when b.month_returns = b.month_sessions then r.rank_in_month end as rank_in_month,
        case when b.month_returns = b.month_sessions then r.fall_rank_in_month
        end as fall_rank_in_month,
        b.month_sessions,
        s.best_since,
        s.worst_since,
        case
            when b.return_1d <> 0 then
                case
                    when coalesce(s.best_since, s.worst_since) is not null then 'since'
                    when b.last_unknown is null then 'record'
                    else 'incomplete'
                end
        end as since_status,
        b.history_from,
        b.missing_sessions,
        s.highest_close_since,
        s.lowest_close_since,
        -- A run that reaches back to an unknown return may be longer than what is stored of it.
        case
            when b.return_1d = 0 then 0
            when b.return_1d > 0 and b.no_gain_seq > b.unknown_seq then b.seq - b.no_gain_seq
            when b.return_1d < 0 and b.no_fall_seq > b.unknown_seq then b.no_fall_seq - b.seq
        end as streak,
        case when b.missing_sessions = 0 then b.close / nullif(b.highest_close, 0) - 1 end as drawdown,
        case when b.has_year then b.year_high end as high_52w,
        case when b.has_year then b.year_low end as low_52w,
        p.source
    from based as b
    join index_prices as p on p.index_symbol = b.index_symbol and p.trade_date = b.trade_date
    join base.indices as i on i.index_symbol = b.index_symbol
    join ranks as r on r.index_symbol = b.index_symbol and r.trade_date = b.trade_date
    join since as s on s.index_symbol = b.index_symbol and s.trade_date = b.trade_date
)
select * from final order by trade_date, index_symbol;

create table base.index_returns as from index_returns_as_known_on('infinity');

create view index_returns as select * from base.index_returns;

comment on view index_returns is 'One row an index and day: its close and its returns over every horizon, null where history does not reach or has a hole.';
comment on column index_returns.index_symbol is 'Vendor symbol, for example ^HSI.';
comment on column index_returns.index_code is 'Short code: HSI, HSTECH, CSI300 and so on.';
comment on column index_returns.name is 'Name of the index.';
comment on column index_returns.market is 'HK or CN.';
comment on column index_returns.trade_date is 'Local date of the session.';
comment on column index_returns.close is 'Closing level, points.';
comment on column index_returns.previous_close is 'Level at the close of the session before; null when that bar is not stored.';
comment on column index_returns.change_points is 'close - previous_close, points.';
comment on column index_returns.return_1d is 'close / previous_close - 1, a fraction.';
comment on column index_returns.return_5d is 'Against the close five sessions earlier, a fraction; like every horizon null when its base session is not stored.';
comment on column index_returns.return_wtd is 'Against the last session before this week''s Monday, a fraction.';
comment on column index_returns.return_mtd is 'Against the last session of the month before, a fraction.';
comment on column index_returns.return_qtd is 'Against the last session of the quarter before, a fraction.';
comment on column index_returns.return_ytd is 'Against the last session of the year before, a fraction.';
comment on column index_returns.return_1y is 'Against the last session on or before the same date a year earlier, a fraction.';
comment on column index_returns.rank_in_month is 'Rank of the day''s return among those of the month so far, 1 the highest, whatever its sign: a gain only where return_1d > 0; null unless every session of the month so far is stored.';
comment on column index_returns.fall_rank_in_month is 'The same from below: 1 the lowest, a fall only where return_1d < 0; null unless every session of the month so far is stored.';
comment on column index_returns.month_sessions is 'Sessions of the month up to and including this day.';
comment on column index_returns.best_since is 'On a gain: the last earlier day with a larger one (an equal one is not larger), if every return from there to here is known; see since_status.';
comment on column index_returns.worst_since is 'On a fall: the last earlier day with a larger one (an equal one is not larger), if every return from there to here is known; see since_status.';
comment on column index_returns.since_status is 'On a gain or fall. since: best_since or worst_since says it. record: the largest since history_from (read it beside: it may be last week), nothing missing. incomplete: a hole leaves it open. Null on a day that is unchanged or has no return.';
comment on column index_returns.history_from is 'First stored day of the index: a record is one of the time since.';
comment on column index_returns.missing_sessions is 'Sessions from history_from to this day without a bar.';
comment on column index_returns.highest_close_since is 'The last earlier day with a higher close; null when none is stored, or when a session from there to here is not.';
comment on column index_returns.lowest_close_since is 'The last earlier day with a lower close; null when none is stored, or when a session from there to here is not.';
comment on column index_returns.streak is 'Gains in a row up to this day, falls as a negative count; 0 when unchanged. Null when the run reaches back to a return that is not known.';
comment on column index_returns.drawdown is 'close against the highest close since history_from, a fraction, 0 at the highest; null when a session since then is missing.';
comment on column index_returns.high_52w is 'Highest close of the 52 weeks (364 days) up to this day, points; null unless every session of them is stored.';
comment on column index_returns.low_52w is 'Lowest close of the 52 weeks (364 days) up to this day, points; null unless every session of them is stored.';
comment on column index_returns.source is 'Who said so; simulated means invented prices of the demonstration market.';

comment on macro table index_returns_as_known_on is '`index_returns` from the versions that we held to be true at a moment.';
