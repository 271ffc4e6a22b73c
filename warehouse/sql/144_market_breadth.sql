-- A whole market's day, counted from every line that an official source printed: equities alone, by the kinds of
-- docs/decisions/0038.
create table base.turnover_floors as select * from fact_turnover_floors;

create table base.market_breadth as
with evenings as (
    select p.market, p.trade_date, arg_min(p.source, (p.authority, p.source)) as source
    from base.official_prices as p
    join dirty_markets as d on d.market = p.market and p.trade_date >= d.from_day - 60
    where p.trade_date >= (select from_day from base.whole_evenings)
        -- The 20 sessions before take less than 60 days.
        and p.trade_date >= getvariable('first_day') - 60
    group by p.market, p.trade_date
),
equities as (
    select p.*, p.state in ('suspended', 'halted') as is_suspended, y.new_high_52w, y.new_low_52w
    from base.official_prices as p
    join evenings as e on e.market = p.market and e.trade_date = p.trade_date and e.source = p.source
    left join base.line_years as y on y.symbol = p.symbol and y.trade_date = p.trade_date and y.source = p.source
    where p.kind in ('share', 'REIT', 'stapled unit', 'depositary receipt')
        and p.trade_date >= getvariable('first_day') - 60
),
sorted as (
    select
        *,
        case
            when is_suspended then 'suspended'
            when state = 'no trade' then 'no trade'
            when listing_session = 1 then 'new listing'
            when return_1d is null then 'no reference'
            when return_1d > 0 then 'rose'
            when return_1d < 0 then 'fell'
            else 'unchanged'
        end as did
    from equities
),
counted as (
    select
        s.market,
        s.trade_date,
        any_value(s.source) as source,
        string_agg(distinct s.board, ', ' order by s.board desc) as boards,
        count(*) as lines,
        count(*) filter (did = 'rose') as advancers,
        count(*) filter (did = 'fell') as decliners,
        count(*) filter (did = 'unchanged') as unchanged,
        count(*) filter (did = 'no trade') as no_trade,
        count(*) filter (did = 'suspended') as suspended,
        count(*) filter (did = 'new listing') as new_listings,
        count(*) filter (did = 'no reference') as no_reference,
        count(*) filter (new_high_52w) as new_highs,
        count(*) filter (new_low_52w) as new_lows,
        count(new_high_52w) as with_52w_history,
        count(*) filter (limit_state = 'closed_up' and is_st is distinct from true) as limit_up,
        count(*) filter (limit_state = 'closed_down' and is_st is distinct from true) as limit_down,
        count(*) filter (limit_state = 'touched_up' and is_st is distinct from true) as touched_up,
        count(*) filter (limit_state = 'touched_down' and is_st is distinct from true) as touched_down,
        count(*) filter (limit_state = 'closed_up' and is_st) as st_limit_up,
        count(*) filter (limit_state = 'closed_down' and is_st) as st_limit_down,
        count(*) filter (state = 'traded' and limit_up is not null) as with_limits,
        cast(round(sum(base.exact(s.turnover)) filter (s.currency is not distinct from m.currency)) as double)
            as turnover_equities,
        any_value(m.currency) as currency
    from sorted as s
    join base.markets as m on m.market = s.market
    group by s.market, s.trade_date
),
other_money as (
    select market, trade_date, string_agg(currency || ' ' || cast(turnover as bigint), ', ' order by currency) as turnover
    from (
        select s.market, s.trade_date, s.currency, round(sum(base.exact(s.turnover))) as turnover
        from sorted as s
        join base.markets as m on m.market = s.market and s.currency <> m.currency
        group by all
    )
    where turnover > 0
    group by market, trade_date
),
totals as (
    -- The boards' own figures, each as it was told last; where one prints none the sum is none of the market.
    select
        market,
        trade_date,
        source,
        case when count(turnover_total) = count(*) then cast(round(sum(base.exact(turnover_total))) as double) end as turnover_total
    from (
        select market, trade_date, source, board, arg_max(turnover_total, asked_at) as turnover_total
        from base.official_answers
        where outcome = 'ok'
        group by market, trade_date, source, board
    )
    group by market, trade_date, source
),
told as (
    select c.*, o.turnover as turnover_other_currencies, t.turnover_total
    from counted as c
    left join other_money as o on o.market = c.market and o.trade_date = c.trade_date
    left join totals as t on t.market = c.market and t.trade_date = c.trade_date and t.source = c.source
),
placed as (
    -- Half, late and early days are no part of an average, and a struck one is none.
    select
        s.market,
        s.trade_date,
        s.kind in ('full', 'provisional') as is_full,
        count(*) filter (s.kind in ('full', 'provisional')) over (
            partition by s.market order by s.trade_date rows between unbounded preceding and 1 preceding
        ) as full_before
    from base.sessions as s
    left join base.provisional_sessions as p on p.market = s.market and p.trade_date = s.trade_date
    where s.kind <> 'closed' and p.confirmed is distinct from false
),
fulls as (
    select t.market, p.full_before + 1 as place, t.turnover_total, t.turnover_equities
    from told as t
    join placed as p on p.market = t.market and p.trade_date = t.trade_date and p.is_full
),
averaged as (
    select
        p.market,
        p.trade_date,
        case when count(f.turnover_total) = 20 then round(avg(f.turnover_total)) end as turnover_total_20d,
        case when count(f.turnover_equities) = 20 then round(avg(f.turnover_equities)) end as turnover_equities_20d
    from told as t
    join placed as p on p.market = t.market and p.trade_date = t.trade_date
    join fulls as f on f.market = p.market and f.place between p.full_before - 19 and p.full_before
    group by p.market, p.trade_date
),
final as (
    select
        t.market,
        t.trade_date,
        t.boards,
        t.lines,
        t.advancers,
        t.decliners,
        t.unchanged,
        t.no_trade,
        t.suspended,
        t.new_listings,
        t.no_reference,
        t.new_highs,
        t.new_lows,
        t.with_52w_history,
        -- Hong Kong has no daily limits.
        case when t.market = 'CN' then t.limit_up end as limit_up,
        case when t.market = 'CN' then t.limit_down end as limit_down,
        case when t.market = 'CN' then t.touched_up end as touched_up,
        case when t.market = 'CN' then t.touched_down end as touched_down,
        case when t.market = 'CN' then t.st_limit_up end as st_limit_up,
        case when t.market = 'CN' then t.st_limit_down end as st_limit_down,
        case when t.market = 'CN' then t.with_limits end as with_limits,
        t.turnover_total,
        a.turnover_total_20d,
        t.turnover_equities,
        a.turnover_equities_20d,
        t.turnover_other_currencies,
        t.currency,
        t.source
    from told as t
    join dirty_markets as d on d.market = t.market and t.trade_date >= d.from_day
    left join averaged as a on a.market = t.market and a.trade_date = t.trade_date
)
select * from final order by trade_date, market;

create view market_breadth as select * from base.market_breadth;

comment on view market_breadth is 'One row a market and session of which an official source printed every line: its equities counted by what they did (ordinary and H shares, REITs, stapled units, depositary receipts; not second counters, funds, preference shares, rights, warrants, debt). The counts from advancers to no_reference add up to lines. For your own use, as official_prices.';
comment on column market_breadth.market is 'HK or CN.';
comment on column market_breadth.trade_date is 'Local date of the session.';
comment on column market_breadth.boards is 'What was printed: Main Board (without GEM, a page of its own that is not asked for), A shares (Shanghai and Shenzhen; Beijing and B shares are not among them).';
comment on column market_breadth.lines is 'Equities that were printed, the suspended included.';
comment on column market_breadth.advancers is 'Lines that rose, by official_prices.return_1d.';
comment on column market_breadth.decliners is 'Lines that fell.';
comment on column market_breadth.unchanged is 'Lines that traded and did neither.';
comment on column market_breadth.no_trade is 'Lines that were open and nobody dealt in.';
comment on column market_breadth.suspended is 'Lines that were suspended or halted.';
comment on column market_breadth.new_listings is 'Lines that traded on their first session.';
comment on column market_breadth.no_reference is 'Lines that traded and have no return: in doubt, no stored close before, or a printed previous close that no event explains.';
comment on column market_breadth.new_highs is 'Lines that closed above every other close of 52 weeks, of those in with_52w_history.';
comment on column market_breadth.new_lows is 'Lines that closed below every other close of 52 weeks, of those in with_52w_history.';
comment on column market_breadth.with_52w_history is 'Lines that traded and of which every session of the past 52 weeks is stored with its return.';
comment on column market_breadth.limit_up is 'Lines, ST apart, that closed at their upper price limit, of those in with_limits; null in Hong Kong, which has none.';
comment on column market_breadth.limit_down is 'Lines, ST apart, that closed at their lower price limit; null in Hong Kong.';
comment on column market_breadth.touched_up is 'Lines, ST apart, that touched their upper price limit and closed off it; null in Hong Kong.';
comment on column market_breadth.touched_down is 'Lines, ST apart, that touched their lower price limit and closed off it; null in Hong Kong.';
comment on column market_breadth.st_limit_up is 'Lines under risk warning that closed at their upper price limit; null in Hong Kong.';
comment on column market_breadth.st_limit_down is 'Lines under risk warning that closed at their lower price limit; null in Hong Kong.';
comment on column market_breadth.with_limits is 'Lines that traded and whose price limits of the day are known, ST included; null in Hong Kong.';
comment on column market_breadth.turnover_total is 'The source''s own figure of the market, with funds, warrants and all else that is dealt in, in `currency`; null where it prints none.';
comment on column market_breadth.turnover_total_20d is 'Its average over the 20 full sessions before; null unless all of them have one. Half, late and early days are left out.';
comment on column market_breadth.turnover_equities is 'Turnover of the lines that are counted, in `currency`; those in another currency are beside it.';
comment on column market_breadth.turnover_equities_20d is 'Its average over the 20 full sessions before; null unless all of them have one.';
comment on column market_breadth.turnover_other_currencies is 'Turnover of the lines in other currencies, as CNY 1000, USD 50; null where there is none. It is in no sum.';
comment on column market_breadth.currency is 'Currency of the market.';
comment on column market_breadth.source is 'The official source.';
