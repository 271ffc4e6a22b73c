-- The sentences of an evening, each with every figure that it uses. `headlines_of` is ours (wording/sentences.py): it puts
-- the row's own columns into the words of each language, once, while the file is built.
create macro base.short_name(name) as
    regexp_replace(regexp_replace(name, ' \(formerly [^)]*\)$', ''), '(,? (Co\.?|Company|Group|Holdings|Holding))*(, ?| )(Ltd|Limited|Inc|Corp|Corporation|PLC)( [AH]| [A-Z][a-z]+)?\.?$', '');

create macro base.short_name_zh(name) as regexp_replace(name, '(股份|控股|集團|集团|\(集團\)|（集團）)*有限公司$', '');

-- How sentences and pages call a stock in English: as the house does, or the company without its form.
create macro base.called(house_name, name) as coalesce(house_name, base.short_name(name));

create table base.market_wrap as
with third as (
    -- How far the third of a side moved: few are ranked then.
    select index_symbol, trade_date, side, resumed, list_min(max(abs(return_1d), 3)) as size
    from base.moves
    where trade_date >= getvariable('first_day')
    group by all
),
ahead as (
    -- Ranked as top_movers ranks them all.
    select
        m.*,
        row_number() over (
            partition by m.index_symbol, m.trade_date, m.side, m.resumed
            order by abs(m.return_1d) desc, m.turnover_estimate desc, m.symbol
        ) as rank
    from base.moves as m
    join third as t
        on t.index_symbol = m.index_symbol and t.trade_date = m.trade_date and t.side = m.side and t.resumed = m.resumed
        and abs(m.return_1d) >= t.size
    where m.trade_date >= getvariable('first_day')
),
told as materialized (
    select
        t.index_symbol,
        t.trade_date,
        t.side,
        t.resumed,
        t.rank,
        t.return_1d,
        case
            when t.ex = 'XD' and t.currency = 'HKD' then 'ex-dividend'
            when t.limit_state = 'closed_up' then 'limit-up'
            when t.limit_state = 'closed_down' then 'limit-down'
            when q.symbol is not null then 'unexplained'
        end as mark,
        -- A name in Chinese is none in an English sentence, which is shorter then.
        base.called(n.house_name, case when not regexp_matches(n.name, '\p{Han}') then n.name end) as name,
        base.short_name_zh(n.name_zh) as name_zh,
        base.short_name_zh(n.name_zh_hans) as name_zh_hans
    from ahead as t
    left join base.dated_names as n on n.symbol = t.symbol and n.valid_from = t.named_from
    left join (select distinct symbol, trade_date from base.quarantine where rule = 'fall_without_event') as q
        on q.symbol = t.symbol and q.trade_date = t.trade_date and t.side = 'loser'
    where t.rank <= 3
),
led as (
    select
        index_symbol,
        trade_date,
        list(name order by rank) filter (where side = 'gainer') as leaders,
        list(name_zh order by rank) filter (where side = 'gainer') as leaders_zh,
        list(name_zh_hans order by rank) filter (where side = 'gainer') as leaders_zh_hans,
        list(return_1d order by rank) filter (where side = 'gainer') as leaders_return,
        list(mark order by rank) filter (where side = 'gainer') as leaders_mark,
        list(name order by rank) filter (where side = 'loser') as laggards,
        list(name_zh order by rank) filter (where side = 'loser') as laggards_zh,
        list(name_zh_hans order by rank) filter (where side = 'loser') as laggards_zh_hans,
        list(return_1d order by rank) filter (where side = 'loser') as laggards_return,
        list(mark order by rank) filter (where side = 'loser') as laggards_mark,
        list(name order by side, rank) filter (where mark = 'ex-dividend') as ex_dividend,
        list(name_zh order by side, rank) filter (where mark = 'ex-dividend') as ex_dividend_zh
    from told
    where not resumed
    group by index_symbol, trade_date
),
returned as (
    select
        index_symbol,
        trade_date,
        list(name order by abs(return_1d) desc, name) as resumed,
        list(name_zh order by abs(return_1d) desc, name) as resumed_zh,
        list(name_zh_hans order by abs(return_1d) desc, name) as resumed_zh_hans,
        list(return_1d order by abs(return_1d) desc, name) as resumed_return
    from told
    where resumed
    group by index_symbol, trade_date
),
ended as (
    -- The periods of which the day was the last session.
    select
        index_symbol,
        last_session as trade_date,
        list(period order by first_session desc, period) as ends,
        any_value(sessions) filter (where period = 'week') as week_sessions,
        any_value(streak) filter (where period = 'week') as week_streak,
        any_value(coalesce(best_since, worst_since)) filter (where period = 'week') as week_since,
        any_value(since_status) filter (where period = 'week') as week_since_status,
        any_value(return_matched_on) filter (where period = 'week') as week_matched_on,
        any_value(streak) filter (where period = 'month') as month_streak,
        any_value(coalesce(best_since, worst_since)) filter (where period = 'month') as month_since,
        any_value(since_status) filter (where period = 'month') as month_since_status,
        any_value(return_matched_on) filter (where period = 'month') as month_matched_on,
        any_value(streak) filter (where period = 'quarter') as quarter_streak,
        any_value(coalesce(best_since, worst_since)) filter (where period = 'quarter') as quarter_since,
        any_value(since_status) filter (where period = 'quarter') as quarter_since_status,
        any_value(return_matched_on) filter (where period = 'quarter') as quarter_matched_on,
        any_value(streak) filter (where period = 'year') as year_streak,
        any_value(coalesce(best_since, worst_since)) filter (where period = 'year') as year_since,
        any_value(since_status) filter (where period = 'year') as year_since_status,
        any_value(return_matched_on) filter (where period = 'year') as year_matched_on
    from base.index_periods
    where is_over and last_session >= getvariable('first_day')
    group by index_symbol, last_session
),
usual as (
    -- How large the moves of the past year were, for a word that fits the index: one that is quiet rallies at less.
    select
        index_symbol,
        trade_date,
        case when count(return_1d) over past_year >= 200
            then quantile_cont(abs(return_1d), [0.3, 0.7, 0.95, 0.99]) over past_year
        end as usual_moves
    from base.index_returns
    where trade_date >= getvariable('first_day') - 400
    window past_year as (
        partition by index_symbol order by trade_date
        range between interval 364 days preceding and interval 1 day preceding
    )
),
changing as (
    -- The next announced change of the index's rule.
    select
        r.index_symbol,
        r.trade_date,
        a.effective_on as change_on,
        a.change,
        a.change_zh,
        a.change_zh_hans
    from base.index_returns as r
    join base.announced_changes as a
        on a.index_symbol = r.index_symbol and r.trade_date >= a.announced_on and r.trade_date < a.effective_on
    qualify row_number() over (partition by r.index_symbol, r.trade_date order by a.effective_on) = 1
),
figures as (
    select
        r.index_symbol,
        r.index_code,
        r.name,
        i.name_zh,
        i.name_zh_hans,
        r.market,
        i.role,
        r.trade_date,
        d.kind as session_kind,
        case when v.index_symbol is not null then v.state when s.state = 'pending' then 'pending' else 'complete' end as state,
        r.close,
        r.previous_close,
        r.change_points,
        r.return_1d,
        r.return_5d,
        r.return_wtd,
        r.return_mtd,
        r.return_qtd,
        r.return_ytd,
        r.return_1y,
        r.return_at_high,
        r.return_at_low,
        r.rank_in_month,
        r.fall_rank_in_month,
        r.month_sessions,
        r.month_best_before,
        r.month_worst_before,
        u.usual_moves,
        r.best_since,
        r.worst_since,
        r.since_status,
        r.history_from,
        r.launched_on,
        r.history_is_whole,
        r.last_missing,
        r.streak,
        r.longest_streak_since,
        r.longest_streak_status,
        r.streak_matched_on,
        r.return_matched_on,
        r.close_matched_on,
        r.highest_close_since,
        r.highest_close_status,
        r.lowest_close_since,
        r.lowest_close_status,
        r.high_52w,
        r.high_52w_on,
        r.low_52w,
        r.low_52w_on,
        r.status_52w,
        e.* exclude (index_symbol, trade_date),
        l.* exclude (index_symbol, trade_date),
        b.resumed,
        b.resumed_zh,
        b.resumed_zh_hans,
        b.resumed_return,
        c.member_count,
        c.advancers + c.decliners + c.unchanged as with_return,
        c.held + c.missing + c.no_reference as without_return,
        c.advancers,
        c.decliners,
        c.unchanged,
        c.suspended,
        c.held,
        c.missing,
        c.no_reference,
        v.unobtainable,
        v.reason,
        v.reason_zh,
        v.reason_zh_hans,
        case
            when i.role = 'followed' and r.trade_date >= i.next_review and r.trade_date > i.members_confirmed_to
                then i.members_confirmed_to
        end as members_unconfirmed_since,
        a.* exclude (index_symbol, trade_date),
        r.source
    from base.index_returns as r
    join base.indices as i on i.index_symbol = r.index_symbol
    join dirty_markets as n on n.market = r.market and r.trade_date >= n.from_day
    join base.session_status as s on s.market = r.market and s.trade_date = r.trade_date
    join base.sessions as d on d.market = r.market and d.trade_date = r.trade_date
    left join index_status as v on v.index_symbol = r.index_symbol and v.trade_date = r.trade_date
    left join base.breadth as c on c.index_symbol = r.index_symbol and c.trade_date = r.trade_date
    left join led as l on l.index_symbol = r.index_symbol and l.trade_date = r.trade_date
    left join returned as b on b.index_symbol = r.index_symbol and b.trade_date = r.trade_date
    left join ended as e on e.index_symbol = r.index_symbol and e.trade_date = r.trade_date
    left join usual as u on u.index_symbol = r.index_symbol and u.trade_date = r.trade_date
    left join changing as a on a.index_symbol = r.index_symbol and a.trade_date = r.trade_date
    -- An index that is followed has a wrap from its first members on.
    where i.role <> 'followed' or v.index_symbol is not null
),
worded as (
    select f.*, headlines_of(cast(to_json(f) as varchar)) as headlines from figures as f
),
final as (
    select
        index_symbol,
        index_code,
        name,
        name_zh,
        market,
        trade_date,
        state,
        headlines.en as headline,
        headlines.zh_hant as headline_zh,
        headlines.zh_hans as headline_zh_hans,
        * exclude (index_symbol, index_code, name, name_zh, market, trade_date, state, headlines)
    from worded
)
select * from final order by trade_date, market desc, index_symbol;

create view market_wrap as select * from base.market_wrap;

comment on view market_wrap is 'One row an index and covered session: its sentences, and every figure that they use. Indices that are followed have members beside; the others have nulls there.';
comment on column market_wrap.index_symbol is 'Vendor symbol of the index.';
comment on column market_wrap.index_code is 'Short code: HSI, HSTECH, CSI300 and so on.';
comment on column market_wrap.name is 'Name of the index.';
comment on column market_wrap.name_zh is 'Name in Traditional Chinese.';
comment on column market_wrap.market is 'HK or CN.';
comment on column market_wrap.trade_date is 'Local date of the session.';
comment on column market_wrap.state is 'How whole the index is by itself (index_status): complete, partial or pending. An index without members is complete once a run has answered for the session.';
comment on column market_wrap.headline is 'The day in words; starts with [SIMULATED] for invented prices and with the state when it is not complete.';
comment on column market_wrap.headline_zh is 'The same in Traditional Chinese; shorter where a Chinese name is not known.';
comment on column market_wrap.headline_zh_hans is 'The same in Simplified Chinese.';
comment on column market_wrap.name_zh_hans is 'Name in Simplified Chinese.';
comment on column market_wrap.role is 'followed (with members) or price_only.';
comment on column market_wrap.session_kind is 'full, half, late, early; see sessions.';
comment on column market_wrap.close is 'Closing level, points.';
comment on column market_wrap.previous_close is 'Level at the close of the session before, points; null when that bar is not stored.';
comment on column market_wrap.change_points is 'Move in points, the difference of the levels as published.';
comment on column market_wrap.return_1d is 'One-day return, a fraction.';
comment on column market_wrap.return_5d is 'Against the close five sessions earlier, a fraction.';
comment on column market_wrap.return_wtd is 'Week to date, a fraction.';
comment on column market_wrap.return_mtd is 'Month to date, a fraction.';
comment on column market_wrap.return_qtd is 'Quarter to date, a fraction.';
comment on column market_wrap.return_ytd is 'Year to date, a fraction.';
comment on column market_wrap.return_1y is 'Against the last session on or before the same date a year earlier, a fraction.';
comment on column market_wrap.return_at_high is 'How much it had risen at its highest, a fraction of previous_close.';
comment on column market_wrap.return_at_low is 'How much it had fallen at its lowest (below zero), a fraction of previous_close.';
comment on column market_wrap.rank_in_month is 'Rank of the day''s return in the month so far, 1 the highest; see index_returns.';
comment on column market_wrap.fall_rank_in_month is 'Rank of the day''s return in the month so far, 1 the lowest; see index_returns.';
comment on column market_wrap.month_sessions is 'Sessions of the month so far: "the most this month" needs three.';
comment on column market_wrap.month_best_before is 'Highest return of the month''s earlier sessions, a fraction: "the most this month" must be beyond it by 0.4 percentage points.';
comment on column market_wrap.month_worst_before is 'Lowest return of the month''s earlier sessions, a fraction.';
comment on column market_wrap.usual_moves is 'The sizes of move, as fractions, that 30, 70, 95 and 99% of the past 52 weeks'' days stayed below: the verb goes by them; null with fewer than 200 returns.';
comment on column market_wrap.best_since is 'On a gain: the last day with a larger gain.';
comment on column market_wrap.worst_since is 'On a fall: the last day with a larger fall.';
comment on column market_wrap.since_status is 'since, record or incomplete; see index_returns.';
comment on column market_wrap.history_from is 'First stored day of the index: records are records since then.';
comment on column market_wrap.launched_on is 'When the index was first published; null if unknown.';
comment on column market_wrap.history_is_whole is 'Whether history_from is the day of the launch.';
comment on column market_wrap.last_missing is 'The last session up to this day without a bar of the index; null when there is none.';
comment on column market_wrap.streak is 'Gains (above zero) or falls (below) in a row up to this day.';
comment on column market_wrap.longest_streak_since is 'The last day of the last run that was longer; see index_returns.';
comment on column market_wrap.longest_streak_status is 'since, record or incomplete, of runs.';
comment on column market_wrap.streak_matched_on is 'The last day of the last earlier run that was at least as long.';
comment on column market_wrap.return_matched_on is 'The last earlier day with the same gain or fall as it is printed, in percent to two decimals.';
comment on column market_wrap.close_matched_on is 'The last earlier day with the same close to two decimals.';
comment on column market_wrap.highest_close_since is 'The last day with a higher close; see highest_close_status.';
comment on column market_wrap.highest_close_status is 'since, record or incomplete; see index_returns.';
comment on column market_wrap.lowest_close_since is 'The last day with a lower close; see lowest_close_status.';
comment on column market_wrap.lowest_close_status is 'since, record or incomplete; see index_returns.';
comment on column market_wrap.high_52w is 'Highest close of 52 weeks, points; see index_returns.';
comment on column market_wrap.high_52w_on is 'Its day.';
comment on column market_wrap.low_52w is 'Lowest close of 52 weeks, points; see index_returns.';
comment on column market_wrap.low_52w_on is 'Its day.';
comment on column market_wrap.status_52w is 'whole, incomplete or short; see index_returns.';
comment on column market_wrap.ends is 'The periods of which this is the last session: week, month, quarter, year; their returns are return_wtd, return_mtd, return_qtd and return_ytd. Null on other days, as the columns of periods are.';
comment on column market_wrap.week_sessions is 'Sessions of the week that ends.';
comment on column market_wrap.week_streak is 'Weekly gains (above zero) or falls (below) in a row; see index_periods.';
comment on column market_wrap.week_since is 'The last session of the last week with a larger gain (or fall).';
comment on column market_wrap.week_since_status is 'since, record or incomplete; see index_periods.';
comment on column market_wrap.week_matched_on is 'The last session of the last week with the same gain or fall as it is printed, in percent to two decimals.';
comment on column market_wrap.month_streak is 'Monthly gains or falls in a row.';
comment on column market_wrap.month_since is 'The last session of the last month with a larger gain (or fall).';
comment on column market_wrap.month_since_status is 'since, record or incomplete.';
comment on column market_wrap.month_matched_on is 'The last session of the last month with the same gain or fall as it is printed, in percent to two decimals.';
comment on column market_wrap.quarter_streak is 'Quarterly gains or falls in a row.';
comment on column market_wrap.quarter_since is 'The last session of the last quarter with a larger gain (or fall).';
comment on column market_wrap.quarter_since_status is 'since, record or incomplete.';
comment on column market_wrap.quarter_matched_on is 'The last session of the last quarter with the same gain or fall as it is printed, in percent to two decimals.';
comment on column market_wrap.year_streak is 'Yearly gains or falls in a row.';
comment on column market_wrap.year_since is 'The last session of the last year with a larger gain (or fall).';
comment on column market_wrap.year_since_status is 'since, record or incomplete.';
comment on column market_wrap.year_matched_on is 'The last session of the last year with the same gain or fall as it is printed, in percent to two decimals.';
comment on column market_wrap.leaders is 'The three best members as sentences name them, of that day.';
comment on column market_wrap.leaders_zh is 'The same in Traditional Chinese, null where a name is not known.';
comment on column market_wrap.leaders_zh_hans is 'The same in Simplified Chinese.';
comment on column market_wrap.leaders_return is 'Their returns, fractions.';
comment on column market_wrap.leaders_mark is 'What explains them: ex-dividend (in Hong Kong, where the quoted return is not adjusted for it), limit-up or limit-down; or unexplained: a fall from the open on, beside calm others, of which no event is told; null otherwise.';
comment on column market_wrap.laggards is 'The three worst members as sentences name them, of that day.';
comment on column market_wrap.laggards_zh is 'The same in Traditional Chinese, null where a name is not known.';
comment on column market_wrap.laggards_zh_hans is 'The same in Simplified Chinese.';
comment on column market_wrap.laggards_return is 'Their returns, fractions.';
comment on column market_wrap.laggards_mark is 'As leaders_mark.';
comment on column market_wrap.ex_dividend is 'Those of the leaders and laggards that went ex-dividend in Hong Kong.';
comment on column market_wrap.ex_dividend_zh is 'The same in Traditional Chinese.';
comment on column market_wrap.resumed is 'Members on their first traded day after a suspension, at most three a side, the largest move first: they lead nothing.';
comment on column market_wrap.resumed_zh is 'The same in Traditional Chinese.';
comment on column market_wrap.resumed_zh_hans is 'The same in Simplified Chinese.';
comment on column market_wrap.resumed_return is 'Their returns since the last trade, fractions.';
comment on column market_wrap.member_count is 'Members on that day.';
comment on column market_wrap.with_return is 'Members with a return: advancers, decliners and unchanged.';
comment on column market_wrap.without_return is 'Members of which nobody knows what they did: held, missing and no_reference. While there are any, no sentence says all, none or the most.';
comment on column market_wrap.advancers is 'Members that rose.';
comment on column market_wrap.decliners is 'Members that fell.';
comment on column market_wrap.unchanged is 'Members that closed at their reference price.';
comment on column market_wrap.suspended is 'Members that did not trade.';
comment on column market_wrap.held is 'Members whose bar is in quarantine.';
comment on column market_wrap.missing is 'Members without a bar, those that no vendor has included.';
comment on column market_wrap.no_reference is 'Members that traded, with no close of the session before to compare with.';
comment on column market_wrap.unobtainable is 'Members that no vendor of ours has.';
comment on column market_wrap.reason is 'Why the index is not complete, or what else to know; see index_status.';
comment on column market_wrap.reason_zh is 'The same in Traditional Chinese.';
comment on column market_wrap.reason_zh_hans is 'The same in Simplified Chinese.';
comment on column market_wrap.members_unconfirmed_since is 'Date of the last member list seen, when a scheduled review has passed since; null while members are confirmed.';
comment on column market_wrap.change_on is 'When the next announced change of the index''s rule takes effect; null when none is announced.';
comment on column market_wrap.change is 'What it changes.';
comment on column market_wrap.change_zh is 'The same in Traditional Chinese.';
comment on column market_wrap.change_zh_hans is 'The same in Simplified Chinese.';
comment on column market_wrap.source is 'Who said so; simulated means invented prices of the demonstration market.';
