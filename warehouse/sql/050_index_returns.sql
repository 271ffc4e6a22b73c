-- Returns of every index over the horizons that a market wrap speaks of, and since when it moved or stood so. A horizon whose
-- base session is not stored is null. Base closes are looked up by the number of the session, so that a hole in the bars is
-- not stepped over. Out of the versions that were known at `ts`, of the indices and from the days that `keys` names.
create macro base.index_returns_of(ts, keys) as table
with asked as (
    select * from query_table(keys)
),
days as (
    -- A level computed for the time before the launch is no history: an index begins on the day it was first published.
    select
        d.* exclude (previous_close, level, close, high, low),
        d.level as close,
        d.high * coalesce(d.fill_factor, 1) as high,
        d.low * coalesce(d.fill_factor, 1) as low,
        d.close as printed,
        coalesce(d.fill_factor, 1) as factor,
        d.trade_date >= a.from_day as is_asked,
        g.seq_mtd as month_seq,
        i.index_code,
        i.name,
        i.launched_on,
        cast(coalesce(i.decimals, 2) as integer) as decimals
    from base.index_days_of(ts, 'base.every_index') as d
    join asked as a on a.index_symbol = d.index_symbol
    join base.indices as i
        on i.index_symbol = d.index_symbol and d.trade_date >= coalesce(i.launched_on, d.trade_date)
    left join base.session_grid as g on g.market = d.market and g.trade_date = d.trade_date
),
moved as (
    -- Few columns, for the windows carry them all along.
    select
        index_symbol,
        seq,
        trade_date,
        close,
        high,
        low,
        printed,
        factor,
        month_seq,
        is_asked,
        lag(close) over by_day as previous_close,
        lag(printed) over by_day as printed_before,
        lag(factor) over by_day as factor_before,
        -- Rounded far below any move, so that equal moves are equal.
        round(close / nullif(lag(close) over by_day, 0) - 1, 12) as return_1d,
        min(trade_date) over whole as history_from,
        min(seq) over whole as first_seq
    from days
    window
        by_day as (partition by index_symbol order by seq),
        whole as (partition by index_symbol)
),
counted as (
    select
        *,
        count(*) filter (where close is null) over so_far as missing_sessions,
        max(trade_date) filter (where close is null) over so_far as last_missing,
        max(seq) filter (where close is null) over so_far as missing_seq,
        max(close) over so_far as highest_close,
        max(seq) filter (where return_1d is null) over so_far as no_return_seq,
        max(seq) filter (where return_1d is null and seq > first_seq) over so_far as unknown_seq,
        max(seq) filter (where return_1d is null or return_1d <= 0) over so_far as no_gain_seq,
        max(seq) filter (where return_1d is null or return_1d >= 0) over so_far as no_fall_seq,
        case when return_1d <> 0 then
            lag(trade_date) over (partition by index_symbol, base.in_percent(return_1d) order by seq)
        end as return_matched_on,
        lag(trade_date) over (partition by index_symbol, round(close, 2) order by seq) as close_matched_on
    from moved
    window so_far as (partition by index_symbol order by seq)
),
streaked as (
    -- A run that reaches back to an unknown return may be longer than what is stored of it.
    select
        *,
        case
            when return_1d = 0 then 0
            when return_1d > 0 and no_gain_seq > no_return_seq then seq - no_gain_seq
            when return_1d < 0 and no_fall_seq > no_return_seq then no_fall_seq - seq
        end as streak,
        -- What is asked for looks at the run of the session before it too.
        coalesce(lead(is_asked) over (partition by index_symbol order by seq), is_asked) as is_measured
    from counted
),
recent as (
    -- What looks back a year at most does so from the days that are asked for.
    select
        *,
        coalesce(seq - month_seq, count(*) over month_so_far) as month_sessions,
        count(return_1d) over month_so_far as month_returns,
        max(return_1d) over month_before as month_best_before,
        min(return_1d) over month_before as month_worst_before,
        max(close) over past_year as high_52w,
        arg_max(trade_date, close) over past_year as high_52w_on,
        min(close) over past_year as low_52w,
        arg_min(trade_date, close) over past_year as low_52w_on,
        case
            when history_from > trade_date - 364 then 'short'
            when count(close) over past_year < count(*) over past_year then 'incomplete'
            else 'whole'
        end as status_52w,
        seq - 5 as seq_5d,
        min(seq) over (partition by index_symbol, date_trunc('week', trade_date)) - 1 as seq_wtd,
        min(seq) over (partition by index_symbol, date_trunc('month', trade_date)) - 1 as seq_mtd,
        min(seq) over (partition by index_symbol, date_trunc('quarter', trade_date)) - 1 as seq_qtd,
        min(seq) over (partition by index_symbol, date_trunc('year', trade_date)) - 1 as seq_ytd
    from streaked
    where trade_date >= (select min(from_day) from asked) - 366
    window
        month_so_far as (partition by index_symbol, date_trunc('month', trade_date) order by seq),
        month_before as (
            partition by index_symbol, date_trunc('month', trade_date) order by seq
            rows between unbounded preceding and 1 preceding
        ),
        past_year as (
            partition by index_symbol order by trade_date range between interval 364 days preceding and current row
        )
),
ranked as (
    select
        c.index_symbol,
        c.seq,
        1 + count(*) filter (where o.return_1d > c.return_1d) as rank_in_month,
        1 + count(*) filter (where o.return_1d < c.return_1d) as fall_rank_in_month
    from recent as c
    join recent as o
        on o.index_symbol = c.index_symbol
        and date_trunc('month', o.trade_date) = date_trunc('month', c.trade_date)
        and o.seq <= c.seq
    where c.is_asked
    group by c.index_symbol, c.seq
),
measured as (
    select
        index_symbol as symbol,
        seq as place,
        unnest([
            case when return_1d > 0 then 'gain' else 'fall' end, case when return_1d > 0 then 'gains' else 'falls' end,
            'high close', 'low close', 'high', 'low'
        ]) as measure,
        -- A run of unknown length counts with what is stored of it.
        unnest([
            nullif(abs(return_1d), 0), case when return_1d <> 0 then coalesce(abs(streak), seq - no_return_seq) end,
            close, -close, high, -low
        ]) as value,
        is_measured as is_asked
    from streaked
),
larger as (
    select
        symbol,
        place,
        max(larger) filter (where measure in ('gain', 'fall')) as move_seq,
        max(larger) filter (where measure in ('gains', 'falls')) as streak_seq,
        max(larger) filter (where measure = 'high close') as high_close_seq,
        max(larger) filter (where measure = 'low close') as low_close_seq,
        max(larger) filter (where measure = 'high') as high_seq,
        max(larger) filter (where measure = 'low') as low_seq
    from base.last_larger('measured')
    group by symbol, place
),
based as (
    select
        s.*,
        r.rank_in_month,
        r.fall_rank_in_month,
        l.* exclude (symbol, place),
        case when abs(s.streak) > 1 then k.streak_seq end as matched_seq,
        d.close as close_5d,
        w.close as close_wtd,
        m.close as close_mtd,
        q.close as close_qtd,
        y.close as close_ytd,
        a.close as close_1y
    from recent as s
    join ranked as r on r.index_symbol = s.index_symbol and r.seq = s.seq
    left join larger as l on l.symbol = s.index_symbol and l.place = s.seq
    -- A run longer than yesterday's of this one is at least as long as today's.
    left join larger as k on k.symbol = s.index_symbol and k.place = s.seq - 1
    left join moved as d on d.index_symbol = s.index_symbol and d.seq = s.seq_5d
    left join moved as w on w.index_symbol = s.index_symbol and w.seq = s.seq_wtd
    left join moved as m on m.index_symbol = s.index_symbol and m.seq = s.seq_mtd
    left join moved as q on q.index_symbol = s.index_symbol and q.seq = s.seq_qtd
    left join moved as y on y.index_symbol = s.index_symbol and y.seq = s.seq_ytd
    asof left join moved as a on a.index_symbol = s.index_symbol and a.trade_date <= s.trade_date - interval 1 year
    where s.close is not null and s.is_asked
),
firsts as (
    -- The first session of the index's life; of days before the known sessions, the day itself.
    select
        i.index_symbol,
        case
            when i.launched_on < min(g.trade_date) then i.launched_on
            else min(g.trade_date) filter (where g.trade_date >= i.launched_on)
        end as trade_date
    from base.indices as i
    join base.session_grid as g on g.market = i.market
    group by i.index_symbol, i.launched_on
),
final as (
    select
        b.index_symbol,
        d.index_code,
        d.name,
        d.market,
        b.trade_date,
        b.printed as close,
        b.printed_before as previous_close,
        -- As published: the difference of two printed levels; on the day's basis where they are of two.
        round(
            round(b.printed, d.decimals)
                - round(
                    case when b.factor = b.factor_before then b.printed_before else b.previous_close / b.factor end, d.decimals
                ),
            d.decimals
        ) as change_points,
        b.return_1d,
        -- As the day's own is: a half of what is printed is not lost in the last bits.
        round(b.close / nullif(b.close_5d, 0) - 1, 12) as return_5d,
        round(b.close / nullif(b.close_wtd, 0) - 1, 12) as return_wtd,
        round(b.close / nullif(b.close_mtd, 0) - 1, 12) as return_mtd,
        round(b.close / nullif(b.close_qtd, 0) - 1, 12) as return_qtd,
        round(b.close / nullif(b.close_ytd, 0) - 1, 12) as return_ytd,
        round(b.close / nullif(b.close_1y, 0) - 1, 12) as return_1y,
        case when b.month_returns = b.month_sessions then b.rank_in_month end as rank_in_month,
        case when b.month_returns = b.month_sessions then b.fall_rank_in_month end as fall_rank_in_month,
        b.month_sessions,
        case when b.return_1d > 0 then move_day.trade_date end as best_since,
        case when b.return_1d < 0 then move_day.trade_date end as worst_since,
        case when b.return_1d <> 0 then base.since_status(b.move_seq, b.unknown_seq) end as since_status,
        b.history_from,
        b.missing_sessions,
        high_close_day.trade_date as highest_close_since,
        low_close_day.trade_date as lowest_close_since,
        b.streak,
        round(b.close / nullif(b.highest_close, 0) - 1, 12) as drawdown,
        case when b.status_52w <> 'short' then b.high_52w / b.factor end as high_52w,
        case when b.status_52w <> 'short' then b.low_52w / b.factor end as low_52w,
        d.source,
        b.seq as session_number,
        round(b.high / nullif(b.previous_close, 0) - 1, 12) as return_at_high,
        round(b.low / nullif(b.previous_close, 0) - 1, 12) as return_at_low,
        case when b.month_returns = b.month_sessions then b.month_best_before end as month_best_before,
        case when b.month_returns = b.month_sessions then b.month_worst_before end as month_worst_before,
        base.since_status(b.high_close_seq, b.missing_seq) as highest_close_status,
        base.since_status(b.low_close_seq, b.missing_seq) as lowest_close_status,
        high_day.trade_date as highest_level_since,
        base.since_status(b.high_seq, b.missing_seq) as highest_level_status,
        low_day.trade_date as lowest_level_since,
        base.since_status(b.low_seq, b.missing_seq) as lowest_level_status,
        case when b.streak <> 0 then streak_day.trade_date end as longest_streak_since,
        case when b.streak <> 0 then base.since_status(b.streak_seq, b.unknown_seq) end as longest_streak_status,
        matched_day.trade_date as streak_matched_on,
        case when b.status_52w <> 'short' then b.high_52w_on end as high_52w_on,
        case when b.status_52w <> 'short' then b.low_52w_on end as low_52w_on,
        b.status_52w,
        b.last_missing,
        d.launched_on,
        coalesce(b.history_from = f.trade_date, false) as history_is_whole,
        d.fill_factor,
        b.return_matched_on,
        b.close_matched_on
    from based as b
    join days as d on d.index_symbol = b.index_symbol and d.seq = b.seq
    left join firsts as f on f.index_symbol = b.index_symbol
    left join moved as move_day on move_day.index_symbol = b.index_symbol and move_day.seq = b.move_seq
    left join moved as streak_day on streak_day.index_symbol = b.index_symbol and streak_day.seq = b.streak_seq
    left join moved as matched_day on matched_day.index_symbol = b.index_symbol and matched_day.seq = b.matched_seq
    left join moved as high_close_day
        on high_close_day.index_symbol = b.index_symbol and high_close_day.seq = b.high_close_seq
    left join moved as low_close_day
        on low_close_day.index_symbol = b.index_symbol and low_close_day.seq = b.low_close_seq
    left join moved as high_day on high_day.index_symbol = b.index_symbol and high_day.seq = b.high_seq
    left join moved as low_day on low_day.index_symbol = b.index_symbol and low_day.seq = b.low_seq
)
select * from final order by trade_date, index_symbol;

create macro index_returns_as_known_on(ts) as table from base.index_returns_of(ts, 'base.every_index');

create table base.index_returns as from base.index_returns_of('infinity', 'dirty_indices');

create view index_returns as select * from base.index_returns;

comment on column index_returns.fill_factor is 'Of a close that another vendor gave for what the first lacks: times this it is on the basis of the closes around it, and every return is measured on that. Null for the first vendor''s own.';

comment on view index_returns is 'One row an index and day since its launch: its close, its returns over every horizon, and since when it moved or stood so. A horizon is null where history does not reach or has a hole at its base.';
comment on column index_returns.index_symbol is 'Vendor symbol, for example ^HSI.';
comment on column index_returns.index_code is 'Short code: HSI, HSTECH, CSI300 and so on.';
comment on column index_returns.name is 'Name of the index.';
comment on column index_returns.market is 'HK or CN.';
comment on column index_returns.trade_date is 'Local date of the session.';
comment on column index_returns.close is 'Closing level, points.';
comment on column index_returns.previous_close is 'Level at the close of the session before; null when that bar is not stored.';
comment on column index_returns.change_points is 'close - previous_close, points: the difference of the levels as published (two decimals in Hong Kong, four on the mainland).';
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
comment on column index_returns.best_since is 'On a gain: the last earlier day with a larger one (an equal one is not larger); see since_status.';
comment on column index_returns.worst_since is 'On a fall: the last earlier day with a larger one (an equal one is not larger); see since_status.';
comment on column index_returns.since_status is 'On a gain or fall. since: best_since or worst_since says it, and every return from there to here is known. record: the largest since history_from (read it beside: it may be last week), nothing missing. incomplete: it is so of what is stored, and a session up to last_missing is not. Null on a day that is unchanged or has no return.';
comment on column index_returns.history_from is 'First stored day of the index since its launch: a record is one of the time since.';
comment on column index_returns.missing_sessions is 'Sessions from history_from to this day without a bar.';
comment on column index_returns.highest_close_since is 'The last earlier day with a higher close; see highest_close_status.';
comment on column index_returns.lowest_close_since is 'The last earlier day with a lower close; see lowest_close_status.';
comment on column index_returns.streak is 'Gains in a row up to this day, falls as a negative count; 0 when unchanged. Null when the run reaches back to a return that is not known.';
comment on column index_returns.drawdown is 'close against the highest stored close since history_from, a fraction, 0 at the highest; missing_sessions of them are not stored.';
comment on column index_returns.high_52w is 'Highest stored close of the 52 weeks (364 days) up to this day, points; null while history is shorter, see status_52w.';
comment on column index_returns.low_52w is 'Lowest stored close of the 52 weeks (364 days) up to this day, points; null while history is shorter, see status_52w.';
comment on column index_returns.source is 'Who said so; simulated means invented prices of the demonstration market.';
comment on column index_returns.session_number is 'Number of the session in its market: neighbours differ by 1. Before 2008 an index''s own bars are counted, down from 0.';
comment on column index_returns.return_at_high is 'Highest level of the day / previous_close - 1, a fraction: it rose as much as this.';
comment on column index_returns.return_at_low is 'Lowest level of the day / previous_close - 1, a fraction: it fell as much as this.';
comment on column index_returns.month_best_before is 'Highest return of the month''s earlier sessions, a fraction; null on the first, and unless every session of the month so far is stored.';
comment on column index_returns.month_worst_before is 'Lowest return of the month''s earlier sessions, a fraction; null on the first, and unless every session of the month so far is stored.';
comment on column index_returns.highest_close_status is 'since: highest_close_since says it, every close from there to here is stored. record: the highest since history_from. incomplete: so of what is stored.';
comment on column index_returns.lowest_close_status is 'since: lowest_close_since says it, every close from there to here is stored. record: the lowest since history_from. incomplete: so of what is stored.';
comment on column index_returns.highest_level_since is 'The last earlier day that went higher during the day (the vendor''s own high).';
comment on column index_returns.highest_level_status is 'As highest_close_status, of highs.';
comment on column index_returns.lowest_level_since is 'The last earlier day that went lower during the day (the vendor''s own low).';
comment on column index_returns.lowest_level_status is 'As lowest_close_status, of lows.';
comment on column index_returns.longest_streak_since is 'The last day of the last run of gains (or of falls) that was longer than this one is so far; one of the same length is not longer.';
comment on column index_returns.longest_streak_status is 'As since_status, of runs; null without one.';
comment on column index_returns.streak_matched_on is 'The last day of the last earlier run that was at least as long as this one is so far; null on the first day of one.';
comment on column index_returns.high_52w_on is 'The day of high_52w.';
comment on column index_returns.low_52w_on is 'The day of low_52w.';
comment on column index_returns.status_52w is 'whole: every session of the 52 weeks is stored. incomplete: high_52w and low_52w are of those that are. short: history is younger, and they are null.';
comment on column index_returns.last_missing is 'The last session up to this day without a bar; null when there is none.';
comment on column index_returns.launched_on is 'When the index was first published; null if unknown.';
comment on column index_returns.history_is_whole is 'Whether history_from is the day of the launch, so that a record is one of the index''s life.';

comment on column index_returns.return_matched_on is 'On a gain or fall: the last earlier day with the same one as it is printed, in percent to two decimals. Where it is no earlier than best_since or worst_since, the day matches it.';
comment on column index_returns.close_matched_on is 'The last earlier day with the same close to two decimals.';

comment on macro table index_returns_as_known_on is '`index_returns` from the versions that we held to be true at a moment.';
