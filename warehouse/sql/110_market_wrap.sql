-- The sentences of an evening, each with every figure that it uses. `headline_of` is ours (wording/sentences.py): it
-- puts the row's own columns into the words of a language, once, while the file is built.
create macro base.short_name(name) as
    regexp_replace(regexp_replace(name, ' \(formerly [^)]*\)$', ''), '(,? (Co\.?|Company|Group|Holdings|Holding))*(, ?| )(Ltd|Limited|Inc|Corp|Corporation|PLC)( [AH]| [A-Z][a-z]+)?\.?$', '');

create macro base.short_name_zh(name) as regexp_replace(name, '(股份|控股|集團|集团|\(集團\)|（集團）)*有限公司$', '');

create table base.market_wrap as
with best_and_worst as (
    select
        t.index_symbol,
        t.trade_date,
        t.side,
        t.rank,
        t.ex = 'XD' and t.currency = 'HKD' as is_ex_dividend,
        base.short_name(t.name) as name,
        coalesce(base.short_name_zh(n.name_zh), base.short_name(t.name)) as name_zh
    from top_movers as t
    left join base.dated_names as n
        on n.symbol = t.symbol and t.trade_date >= n.valid_from and t.trade_date < n.valid_to
    where not t.resumed and t.rank <= 3
),
led as (
    select
        index_symbol,
        trade_date,
        list(name order by rank) filter (where side = 'gainer') as leaders,
        list(name_zh order by rank) filter (where side = 'gainer') as leaders_zh,
        list(name order by rank) filter (where side = 'loser') as laggards,
        list(name_zh order by rank) filter (where side = 'loser') as laggards_zh,
        list(name order by side, rank) filter (where is_ex_dividend) as ex_dividend,
        list(name_zh order by side, rank) filter (where is_ex_dividend) as ex_dividend_zh
    from best_and_worst
    group by index_symbol, trade_date
),
figures as (
    select
        r.index_symbol,
        r.index_code,
        r.name,
        i.name_zh,
        r.market,
        r.trade_date,
        s.state,
        r.close,
        r.change_points,
        r.return_1d,
        r.return_wtd,
        r.return_mtd,
        r.return_ytd,
        r.rank_in_month,
        r.fall_rank_in_month,
        r.month_sessions,
        r.best_since,
        r.worst_since,
        r.since_status,
        r.history_from,
        r.streak,
        l.leaders,
        l.leaders_zh,
        l.laggards,
        l.laggards_zh,
        l.ex_dividend,
        l.ex_dividend_zh,
        b.member_count,
        b.advancers,
        b.decliners,
        b.unchanged,
        b.suspended,
        b.held,
        b.missing,
        s.reason,
        case when r.trade_date >= i.next_review then i.members_confirmed_to end as members_unconfirmed_since,
        r.source
    from base.index_returns as r
    join base.indices as i on i.index_symbol = r.index_symbol and i.role = 'followed'
    join base.session_status as s on s.market = r.market and s.trade_date = r.trade_date
    left join led as l on l.index_symbol = r.index_symbol and l.trade_date = r.trade_date
    left join base.breadth as b on b.index_symbol = r.index_symbol and b.trade_date = r.trade_date
),
final as (
    select
        f.index_symbol,
        f.index_code,
        f.name,
        f.name_zh,
        f.market,
        f.trade_date,
        f.state,
        headline_of(cast(to_json(f) as varchar), 'en') as headline,
        headline_of(cast(to_json(f) as varchar), 'zh_hant') as headline_zh,
        f.* exclude (index_symbol, index_code, name, name_zh, market, trade_date, state)
    from figures as f
)
select * from final order by trade_date, market desc, index_symbol;

create view market_wrap as select * from base.market_wrap;

comment on view market_wrap is 'One row a followed index and covered session: a sentence, and every figure that it uses.';
comment on column market_wrap.index_symbol is 'Vendor symbol of the index.';
comment on column market_wrap.index_code is 'Short code: HSI, HSTECH or CSI300.';
comment on column market_wrap.name is 'Name of the index.';
comment on column market_wrap.name_zh is 'Name in Traditional Chinese.';
comment on column market_wrap.market is 'HK or CN.';
comment on column market_wrap.trade_date is 'Local date of the session.';
comment on column market_wrap.state is 'Verdict of the whole market''s session (session_status); how whole the index alone is stands in index_status.';
comment on column market_wrap.headline is 'The day in words; starts with [SIMULATED] for invented prices and with the verdict when the session is not complete.';
comment on column market_wrap.headline_zh is 'The same in Traditional Chinese.';
comment on column market_wrap.close is 'Closing level, points.';
comment on column market_wrap.change_points is 'Move in points.';
comment on column market_wrap.return_1d is 'One-day return, a fraction.';
comment on column market_wrap.return_wtd is 'Week to date, a fraction.';
comment on column market_wrap.return_mtd is 'Month to date, a fraction.';
comment on column market_wrap.return_ytd is 'Year to date, a fraction.';
comment on column market_wrap.rank_in_month is 'Rank of the day''s return in the month so far, 1 the highest; see index_returns.';
comment on column market_wrap.fall_rank_in_month is 'Rank of the day''s return in the month so far, 1 the lowest; see index_returns.';
comment on column market_wrap.month_sessions is 'Sessions of the month so far: "the most this month" needs three.';
comment on column market_wrap.best_since is 'On a gain: the last day with a larger gain.';
comment on column market_wrap.worst_since is 'On a fall: the last day with a larger fall.';
comment on column market_wrap.since_status is 'since, record or incomplete; see index_returns.';
comment on column market_wrap.history_from is 'First stored day of the index: records are records since then.';
comment on column market_wrap.streak is 'Gains (above zero) or falls (below) in a row up to this day.';
comment on column market_wrap.leaders is 'Names of the three best members.';
comment on column market_wrap.leaders_zh is 'The same in Chinese, where a Chinese name is known.';
comment on column market_wrap.laggards is 'Names of the three worst members.';
comment on column market_wrap.laggards_zh is 'The same in Chinese, where a Chinese name is known.';
comment on column market_wrap.ex_dividend is 'Those of the leaders and laggards that went ex-dividend in Hong Kong, where the quoted return is not adjusted for it.';
comment on column market_wrap.ex_dividend_zh is 'The same in Chinese, where a Chinese name is known.';
comment on column market_wrap.member_count is 'Members on that day.';
comment on column market_wrap.advancers is 'Members that rose.';
comment on column market_wrap.decliners is 'Members that fell.';
comment on column market_wrap.unchanged is 'Members that closed at their reference price.';
comment on column market_wrap.suspended is 'Members that did not trade.';
comment on column market_wrap.held is 'Members whose bar is in quarantine.';
comment on column market_wrap.missing is 'Members without a bar.';
comment on column market_wrap.members_unconfirmed_since is 'Date of the last member list seen, when a scheduled review has passed since; null while members are confirmed.';
comment on column market_wrap.reason is 'Why the session is not complete, or what else to know.';
comment on column market_wrap.source is 'Who said so; simulated means invented prices of the demonstration market.';
