-- The periods that a day belongs to, each by its kind and first calendar day. A week is Monday to Sunday.
create macro base.periods_of(day) as [
    {'period': 'week', 'starts': date_trunc('week', day)},
    {'period': 'month', 'starts': date_trunc('month', day)},
    {'period': 'quarter', 'starts': date_trunc('quarter', day)},
    {'period': 'year', 'starts': date_trunc('year', day)}
];

-- The last session of each period by the calendar, those ahead included: lost and struck days are none.
create table base.period_ends as
with days as (
    select s.market, s.trade_date, unnest(base.periods_of(s.trade_date), recursive := true)
    from base.sessions as s
    left join base.provisional_sessions as p on p.market = s.market and p.trade_date = s.trade_date
    where s.kind <> 'closed' and p.confirmed is distinct from false
),
final as (
    select market, period, starts, max(trade_date) as last_session from days group by all
)
select * from final order by market, period, starts;

-- Weeks, months, quarters and years of the indices that `keys` names, as they stood at the close of a day; those that end
-- from its `from_day` on. One without a session has no row,
-- and neither breaks nor lengthens a run. A period is measured from the last close before it: where that or its own last
-- one is not stored its return is null, and so is that of the period of the launch.
create macro base.index_periods_of(day, keys) as table
with asked as (
    select * from query_table(keys)
),
days as (
    select d.*
    from base.index_days as d
    semi join asked as a on a.index_symbol = d.index_symbol
    join base.indices as i
        on i.index_symbol = d.index_symbol and d.trade_date >= coalesce(i.launched_on, d.trade_date)
    where d.trade_date <= cast(day as date)
),
bounded as (
    select
        market,
        index_symbol,
        period,
        starts,
        row_number() over (partition by index_symbol, period order by starts) as place,
        min(trade_date) as first_session,
        max(trade_date) as last_session,
        min(seq) as first_seq,
        max(seq) as last_seq
    from (select *, unnest(base.periods_of(trade_date), recursive := true) from days)
    group by market, index_symbol, period, starts
),
measured_from as (
    select
        b.*,
        l.close,
        l.source,
        f.close as previous_close,
        round(l.level / nullif(f.level, 0) - 1, 12) as period_return,
        b.last_session >= a.from_day as is_asked
    from bounded as b
    join asked as a on a.index_symbol = b.index_symbol
    join days as l on l.index_symbol = b.index_symbol and l.seq = b.last_seq
    left join days as f on f.index_symbol = b.index_symbol and f.seq = b.first_seq - 1
),
counted as (
    select
        *,
        min(first_session) over by_kind as history_from,
        max(last_session) filter (where period_return is null and place > 1) over so_far as last_missing,
        max(place) filter (where period_return is null and place > 1) over so_far as unknown_place,
        max(place) filter (where period_return is null) over so_far as no_return_place,
        max(place) filter (where period_return is null or period_return <= 0) over so_far as no_gain_place,
        max(place) filter (where period_return is null or period_return >= 0) over so_far as no_fall_place,
        case when period_return <> 0 then
            lag(last_session) over (partition by index_symbol, period, base.in_percent(period_return) order by place)
        end as return_matched_on
    from measured_from
    window
        by_kind as (partition by index_symbol, period),
        so_far as (partition by index_symbol, period order by place)
),
streaked as (
    select
        *,
        case
            when period_return = 0 then 0
            when period_return > 0 and no_gain_place > no_return_place then place - no_gain_place
            when period_return < 0 and no_fall_place > no_return_place then no_fall_place - place
        end as streak
    from counted
),
ranked as (
    select
        c.index_symbol,
        c.period,
        c.place,
        1 + count(*) filter (where o.period_return > c.period_return) as rank_in_history,
        1 + count(*) filter (where o.period_return < c.period_return) as fall_rank_in_history
    from counted as c
    join counted as o on o.index_symbol = c.index_symbol and o.period = c.period and o.place <= c.place
    where c.is_asked and c.period_return is not null and c.unknown_place is null
    group by c.index_symbol, c.period, c.place
),
valued as (
    select
        index_symbol || ' ' || period as symbol,
        place,
        unnest(case when period_return > 0 then ['gain', 'gains'] else ['fall', 'falls'] end) as measure,
        unnest([
            nullif(abs(period_return), 0),
            case when period_return <> 0 then coalesce(abs(streak), place - no_return_place) end
        ]) as value,
        is_asked
    from streaked
),
larger as (
    select
        symbol,
        place,
        max(larger) filter (where measure in ('gain', 'fall')) as move_place,
        max(larger) filter (where measure in ('gains', 'falls')) as streak_place
    from base.last_larger('valued')
    group by symbol, place
),
final as (
    select
        s.index_symbol,
        i.index_code,
        s.market,
        s.period,
        s.first_session,
        s.last_session,
        s.last_session >= coalesce(e.last_session, s.last_session) as is_over,
        s.last_seq - s.first_seq + 1 as sessions,
        s.previous_close,
        s.close,
        s.period_return,
        r.rank_in_history,
        r.fall_rank_in_history,
        case when s.period_return > 0 then m.last_session end as best_since,
        case when s.period_return < 0 then m.last_session end as worst_since,
        case when s.period_return <> 0 then base.since_status(l.move_place, s.unknown_place) end as since_status,
        s.streak,
        case when s.streak <> 0 then n.last_session end as longest_streak_since,
        case when s.streak <> 0 then base.since_status(l.streak_place, s.unknown_place) end as longest_streak_status,
        s.history_from,
        s.last_missing,
        s.source,
        s.return_matched_on
    from streaked as s
    join base.indices as i on i.index_symbol = s.index_symbol
    left join base.period_ends as e on e.market = s.market and e.period = s.period and e.starts = s.starts
    left join ranked as r on r.index_symbol = s.index_symbol and r.period = s.period and r.place = s.place
    left join larger as l on l.symbol = s.index_symbol || ' ' || s.period and l.place = s.place
    left join streaked as m on m.index_symbol = s.index_symbol and m.period = s.period and m.place = l.move_place
    left join streaked as n on n.index_symbol = s.index_symbol and n.period = s.period and n.place = l.streak_place
    where s.is_asked
)
select * from final order by last_session, index_symbol, period;

create macro index_periods_on(day) as table from base.index_periods_of(day, 'base.every_index');

-- Whole periods: a day changes its year, and the week that the year began in.
create temp view dirty_periods as
select index_symbol, cast(date_trunc('week', date_trunc('year', from_day)) as date) as from_day from dirty_indices;

create table base.index_periods as from base.index_periods_of('infinity', 'dirty_periods');

create view index_periods as select * from base.index_periods;

comment on view index_periods is 'One row an index and week, month, quarter or year with a session since its launch: its return, its rank, since when it was so large, and runs of gains or falls. Also while it is not over.';
comment on column index_periods.index_symbol is 'Vendor symbol, for example ^HSI.';
comment on column index_periods.index_code is 'Short code: HSI, HSTECH, CSI300 and so on.';
comment on column index_periods.market is 'HK or CN.';
comment on column index_periods.period is 'week (Monday to Sunday), month, quarter or year.';
comment on column index_periods.first_session is 'Its first session, or the first of the index''s history.';
comment on column index_periods.last_session is 'Its last session so far.';
comment on column index_periods.is_over is 'False while the calendar has a session of it after last_session: the figures are those so far.';
comment on column index_periods.sessions is 'Sessions from first_session to last_session; a week of fewer than four is holiday-shortened.';
comment on column index_periods.previous_close is 'Level at the last session before it, points; null when that bar is not stored.';
comment on column index_periods.close is 'Level at last_session, points; null when that bar is not stored.';
comment on column index_periods.period_return is 'close / previous_close - 1, a fraction; null in the period of the launch and where either is not stored.';
comment on column index_periods.rank_in_history is 'Rank of its return among the periods of its kind up to it, 1 the highest; null unless all but the first are known.';
comment on column index_periods.fall_rank_in_history is 'The same from below: 1 the lowest.';
comment on column index_periods.best_since is 'On a gain: the last session of the last period of its kind with a larger one; see since_status.';
comment on column index_periods.worst_since is 'On a fall: the last session of the last period of its kind with a larger one; see since_status.';
comment on column index_periods.since_status is 'On a gain or fall. since: best_since or worst_since says it, every return from there to here is known. record: the largest since history_from. incomplete: so of what is known, and the period that ended on last_missing is not.';
comment on column index_periods.streak is 'Gains in a row up to this period, falls as a negative count; 0 when unchanged. Null when the run reaches back to a return that is not known.';
comment on column index_periods.longest_streak_since is 'The last session of the last period of a run of gains (or of falls) that was longer than this one is so far.';
comment on column index_periods.longest_streak_status is 'As since_status, of runs.';
comment on column index_periods.history_from is 'First session of the first period: records are records since then.';
comment on column index_periods.last_missing is 'Last session of the last period, up to this one, whose return is not known; null when there is none but the first.';
comment on column index_periods.source is 'Who said so; simulated means invented prices of the demonstration market.';
comment on column index_periods.return_matched_on is 'On a gain or fall: the last session of the last period of its kind with the same one as it is printed, in percent to two decimals.';

comment on macro table index_periods_on is '`index_periods` as they stood at the close of a date: the periods of that day are not over then unless it was their last.';
