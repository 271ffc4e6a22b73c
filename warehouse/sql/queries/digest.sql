-- An evening as a message tells it: a row a followed index of each judged market (of one that was found to be closed too), with
-- the market's verdict, the columns of market_wrap (null without a close), the symbols of the members that it names, what was
-- dealt in its members, and the row of the whole market (a struct; null where none may leave this machine).
-- Parameters: day, market (null for both), shared (vendors whose figures may leave this machine).
with judged as (
    select i.index_symbol, i.index_code, i.name as index_name, i.name_zh as index_name_zh,
        i.name_zh_hans as index_name_zh_hans, i.launched_on, i.currency,
        s.market as of_market, s.trade_date as session, s.state as session_state, s.expected, s.received,
        s.reason as session_reason, s.reason_zh as session_reason_zh, s.reason_zh_hans as session_reason_zh_hans
    from session_status as s
    join indices as i on i.market = s.market and i.role = 'followed' and s.trade_date >= coalesce(i.launched_on, s.trade_date)
    where s.trade_date = cast($day as date) and s.state in ('complete', 'partial', 'closed')
        and ($market is null or s.market = $market)
),
named as (
    select
        index_symbol,
        list(symbol order by rank) filter (where side = 'gainer') as leaders_symbol,
        list(symbol order by rank) filter (where side = 'loser') as laggards_symbol
    from top_movers
    where trade_date = cast($day as date) and rank <= 3 and not resumed
    group by index_symbol
),
-- The official amount of an index counts only when no member that was open is without one.
dealt as (
    select
        m.index_symbol,
        case when count(*) filter (where m.state <> 'suspended' and o.turnover is null) = 0
            then round(sum(o.turnover))
        end as turnover_official
    from members_of_day as m
    left join official_prices as o
        on o.symbol = m.symbol and o.trade_date = m.trade_date and o.currency = m.currency
        and list_contains(cast($shared as varchar[]), o.source)
    where m.trade_date = cast($day as date)
    group by m.index_symbol
),
whole_markets as (
    select market, b as whole_market
    from (
        select w.*, s.kind as session_kind
        from market_breadth as w
        join sessions as s on s.market = w.market and s.trade_date = w.trade_date
        where w.trade_date = cast($day as date) and list_contains(cast($shared as varchar[]), w.source)
    ) as b
    qualify row_number() over (partition by market order by source) = 1
),
final as (
    select
        j.*,
        -- By their names: one that an older database lacks is told, with what to do.
        w.name, w.name_zh, w.market, w.trade_date, w.state, w.name_zh_hans, w.role, w.session_kind, w.close,
        w.previous_close, w.change_points, w.return_1d, w.return_5d, w.return_wtd, w.return_mtd, w.return_qtd,
        w.return_ytd, w.return_1y, w.return_at_high, w.return_at_low, w.rank_in_month, w.fall_rank_in_month,
        w.month_sessions, w.month_best_before, w.month_worst_before, w.usual_moves, w.best_since, w.worst_since,
        w.since_status, w.return_matched_on, w.history_from, w.history_is_whole, w.last_missing, w.streak,
        w.longest_streak_since, w.longest_streak_status, w.streak_matched_on, w.highest_close_since,
        w.highest_close_status, w.lowest_close_since, w.lowest_close_status, w.close_matched_on, w.high_52w,
        w.high_52w_on, w.low_52w, w.low_52w_on, w.status_52w, w.ends, w.week_sessions, w.week_streak, w.week_since,
        w.week_since_status, w.week_matched_on, w.month_streak, w.month_since, w.month_since_status, w.month_matched_on,
        w.quarter_streak, w.quarter_since, w.quarter_since_status, w.quarter_matched_on, w.year_streak, w.year_since,
        w.year_since_status, w.year_matched_on, w.leaders, w.leaders_zh, w.leaders_zh_hans, w.leaders_return,
        w.leaders_mark, w.laggards, w.laggards_zh, w.laggards_zh_hans, w.laggards_return, w.laggards_mark,
        w.ex_dividend, w.ex_dividend_zh, w.resumed, w.resumed_zh, w.resumed_zh_hans, w.resumed_return, w.member_count,
        w.with_return, w.without_return, w.advancers, w.decliners, w.unchanged, w.suspended, w.held, w.missing,
        w.no_reference, w.unobtainable, w.reason, w.reason_zh, w.reason_zh_hans, w.members_unconfirmed_since,
        w.change_on, w.change, w.change_zh, w.change_zh_hans, w.source,
        n.leaders_symbol,
        n.laggards_symbol,
        d.turnover_official,
        b.turnover_estimate,
        k.whole_market
    from judged as j
    left join market_wrap as w on w.index_symbol = j.index_symbol and w.trade_date = j.session
    left join named as n on n.index_symbol = j.index_symbol
    left join dealt as d on d.index_symbol = j.index_symbol
    left join breadth as b on b.index_symbol = j.index_symbol and b.trade_date = j.session
    left join whole_markets as k on k.market = j.of_market
)
select * from final order by of_market desc, launched_on, index_symbol desc
