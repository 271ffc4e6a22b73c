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
        g.market,
        g.trade_date,
        g.seq,
        p.close,
        count(*) over (
            partition by i.index_symbol, date_trunc('month', g.trade_date) order by g.trade_date
        ) as month_sessions
    from base.indices as i
    join base.session_grid as g on g.market = i.market
    left join index_prices as p on p.index_symbol = i.index_symbol and p.trade_date = g.trade_date
),
firsts as (
    select index_symbol, min(trade_date) as history_from from index_prices group by index_symbol
),
lagged as (
    select
        g.*,
        f.history_from,
        lag(g.close, 5) over by_session as close_5,
        g.close / nullif(lag(g.close) over by_session, 0) - 1 as return_1d
    from grid as g
    join firsts as f on f.index_symbol = g.index_symbol and g.trade_date >= f.history_from
    window by_session as (partition by g.index_symbol order by g.trade_date)
),
counted as (
    select
        l.*,
        count(l.return_1d) over (
            partition by l.index_symbol, date_trunc('month', l.trade_date) order by l.trade_date
        ) as month_returns
    from lagged as l
),
based as (
    select
        c.*,
        w.close as close_wtd,
        m.close as close_mtd,
        q.close as close_qtd,
        y.close as close_ytd,
        a.close as close_1y
    from counted as c
    asof left join grid as w on w.index_symbol = c.index_symbol and date_trunc('week', c.trade_date) > w.trade_date
    asof left join grid as m on m.index_symbol = c.index_symbol and date_trunc('month', c.trade_date) > m.trade_date
    asof left join grid as q on q.index_symbol = c.index_symbol and date_trunc('quarter', c.trade_date) > q.trade_date
    asof left join grid as y on y.index_symbol = c.index_symbol and date_trunc('year', c.trade_date) > y.trade_date
    asof left join grid as a
        on a.index_symbol = c.index_symbol and cast(c.trade_date - interval 1 year as date) >= a.trade_date
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
        b.close / nullif(b.close_5, 0) - 1 as return_5d,
        b.close / nullif(b.close_wtd, 0) - 1 as return_wtd,
        b.close / nullif(b.close_mtd, 0) - 1 as return_mtd,
        b.close / nullif(b.close_qtd, 0) - 1 as return_qtd,
        b.close / nullif(b.close_ytd, 0) - 1 as return_ytd,
        b.close / nullif(b.close_1y, 0) - 1 as return_1y,
        case when b.month_returns = b.month_sessions then r.rank_in_month end as rank_in_month,
        case when b.month_returns = b.month_sessions then r.fall_rank_in_month
        end as fall_rank_in_month,
        b.month_sessions,
        cast(null as date) as best_since,
        cast(null as date) as worst_since,
        cast(null as varchar) as since_status,
        b.history_from,
        cast(null as date) as highest_close_since,
        cast(null as date) as lowest_close_since,
        cast(null as integer) as streak,
        cast(null as double) as drawdown,
        cast(null as double) as high_52w,
        cast(null as double) as low_52w,
        p.source
    from based as b
    join index_prices as p on p.index_symbol = b.index_symbol and p.trade_date = b.trade_date
    join base.indices as i on i.index_symbol = b.index_symbol
    join ranks as r on r.index_symbol = b.index_symbol and r.trade_date = b.trade_date
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
comment on column index_returns.return_5d is 'Against the close five sessions earlier, a fraction.';
comment on column index_returns.return_wtd is 'Against the last session before this week''s Monday, a fraction.';
comment on column index_returns.return_mtd is 'Against the last session of the month before, a fraction.';
comment on column index_returns.return_qtd is 'Against the last session of the quarter before, a fraction.';
comment on column index_returns.return_ytd is 'Against the last session of the year before, a fraction.';
comment on column index_returns.return_1y is 'Against the last session on or before the same date a year earlier, a fraction.';
comment on column index_returns.rank_in_month is '1 for the largest gain of the month so far; null unless every session of the month so far is stored.';
comment on column index_returns.fall_rank_in_month is '1 for the largest fall of the month so far; null unless every session of the month so far is stored.';
comment on column index_returns.month_sessions is 'Sessions of the month up to and including this day.';
comment on column index_returns.best_since is 'On a gain: the last day with a larger gain. Not filled yet.';
comment on column index_returns.worst_since is 'On a fall: the last day with a larger fall. Not filled yet.';
comment on column index_returns.since_status is 'since, record or incomplete. Not filled yet.';
comment on column index_returns.history_from is 'First stored day of the index.';
comment on column index_returns.highest_close_since is 'Last day with a higher close. Not filled yet.';
comment on column index_returns.lowest_close_since is 'Last day with a lower close. Not filled yet.';
comment on column index_returns.streak is 'Signed count of gains or falls in a row. Not filled yet.';
comment on column index_returns.drawdown is 'Distance from the highest stored close, a fraction. Not filled yet.';
comment on column index_returns.high_52w is 'Highest close of the past year, points. Not filled yet.';
comment on column index_returns.low_52w is 'Lowest close of the past year, points. Not filled yet.';
comment on column index_returns.source is 'Who said so; simulated means invented prices of the demonstration market.';
