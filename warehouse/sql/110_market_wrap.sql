-- The sentences of an evening, each with every figure that it uses.
create macro base.percent(fraction) as format('{:.1f}%', 100 * abs(fraction));
create macro base.short_name(name) as
    regexp_replace(name, '(,? (Co|Company|Group|Holdings|Holding))*,? (Ltd|Limited|Inc|Corp|Corporation|PLC)( [AH])?\.?$', '');

create table base.market_wrap as
with led as (
    select
        index_symbol,
        trade_date,
        list(base.short_name(name) order by rank) filter (where side = 'gainer' and rank <= 3) as leaders,
        list(base.short_name(name) order by rank) filter (where side = 'loser' and rank <= 3) as laggards
    from top_movers
    where not resumed
    group by index_symbol, trade_date
),
figures as (
    select
        r.index_symbol,
        r.index_code,
        r.name,
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
        l.leaders,
        l.laggards,
        b.member_count,
        b.advancers,
        b.decliners,
        b.unchanged,
        b.suspended,
        b.held,
        b.missing,
        s.reason,
        r.source
    from base.index_returns as r
    join base.indices as i on i.index_symbol = r.index_symbol and i.role = 'followed'
    join base.session_status as s on s.market = r.market and s.trade_date = r.trade_date
    left join led as l on l.index_symbol = r.index_symbol and l.trade_date = r.trade_date
    left join base.breadth as b on b.index_symbol = r.index_symbol and b.trade_date = r.trade_date
),
phrased as (
    select
        *,
        case
            when return_1d is null then
                'The ' || name || ' closed at ' || format('{:,.2f}', close)
                || '; the session before is not stored, so its move is not known'
            when base.percent(return_1d) = '0.0%' then 'The ' || name || ' was little changed'
            when return_1d > 0 then 'The ' || name || ' rose ' || base.percent(return_1d)
            else 'The ' || name || ' fell ' || base.percent(return_1d)
        end as move,
        case
            when base.percent(return_1d) = '0.0%' then ''
            when month_sessions >= 3 and return_1d > 0 and rank_in_month = 1 then ', the most this month'
            when month_sessions >= 3 and return_1d < 0 and fall_rank_in_month = 1 then ', the most this month'
            else ''
        end as comparison,
        case
            when base.percent(return_1d) = '0.0%' then ''
            when return_1d > 0 and len(leaders) > 1 then ', led by ' || leaders[1] || ' and ' || leaders[2]
            when return_1d < 0 and len(laggards) > 1 then ', dragged by ' || laggards[1] || ' and ' || laggards[2]
            else ''
        end as who,
        case when advancers + decliners > 0
            then ' ' || advancers || ' of ' || member_count || ' members rose, ' || decliners || ' fell.'
            else ''
        end as how_many,
        case when state <> 'complete' then ' Not complete (' || state || '): ' || reason || '.' else '' end as caution
    from figures
),
final as (
    select
        index_symbol,
        index_code,
        name,
        market,
        trade_date,
        state,
        case when source = 'simulated' then '[SIMULATED] ' else '' end
        || move || comparison || who || '.' || how_many || caution as headline,
        * exclude (index_symbol, index_code, name, market, trade_date, state, move, comparison, who, how_many, caution)
    from phrased
)
select * from final order by trade_date, market desc, index_symbol;

create view market_wrap as select * from base.market_wrap;

comment on view market_wrap is 'One row a followed index and covered session: a sentence, and every figure that it uses.';
comment on column market_wrap.index_symbol is 'Vendor symbol of the index.';
comment on column market_wrap.index_code is 'Short code: HSI, HSTECH or CSI300.';
comment on column market_wrap.name is 'Name of the index.';
comment on column market_wrap.market is 'HK or CN.';
comment on column market_wrap.trade_date is 'Local date of the session.';
comment on column market_wrap.state is 'Verdict of the session; see session_status.';
comment on column market_wrap.headline is 'The day in words; starts with [SIMULATED] for invented prices, ends with a caution when the session is not complete.';
comment on column market_wrap.close is 'Closing level, points.';
comment on column market_wrap.change_points is 'Move in points.';
comment on column market_wrap.return_1d is 'One-day return, a fraction.';
comment on column market_wrap.return_wtd is 'Week to date, a fraction.';
comment on column market_wrap.return_mtd is 'Month to date, a fraction.';
comment on column market_wrap.return_ytd is 'Year to date, a fraction.';
comment on column market_wrap.rank_in_month is '1 for the largest gain of the month so far.';
comment on column market_wrap.fall_rank_in_month is '1 for the largest fall of the month so far.';
comment on column market_wrap.month_sessions is 'Sessions of the month so far: "the most this month" needs three.';
comment on column market_wrap.leaders is 'Names of the three best members.';
comment on column market_wrap.laggards is 'Names of the three worst members.';
comment on column market_wrap.member_count is 'Members on that day.';
comment on column market_wrap.advancers is 'Members that rose.';
comment on column market_wrap.decliners is 'Members that fell.';
comment on column market_wrap.unchanged is 'Members that closed at their reference price.';
comment on column market_wrap.suspended is 'Members that did not trade.';
comment on column market_wrap.held is 'Members whose bar is in quarantine.';
comment on column market_wrap.missing is 'Members without a bar.';
comment on column market_wrap.reason is 'Why the session is not complete, or what else to know.';
comment on column market_wrap.source is 'Who said so; simulated means invented prices of the demonstration market.';
