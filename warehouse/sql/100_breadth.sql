-- How many members of each index rose and fell, and what became of the others.
create temp view dirty_lists as
select i.index_symbol, d.from_day from base.indices as i join dirty_markets as d on d.market = i.market;

create table base.breadth as
with counted as (
    select
        k.index_symbol,
        k.trade_date,
        any_value(s.kind in ('full', 'provisional')) as is_full,
        count(*) as member_count,
        count(*) filter (where k.state = 'received' and p.return_1d > 0) as advancers,
        count(*) filter (where k.state = 'received' and p.return_1d < 0) as decliners,
        count(*) filter (where k.state = 'received' and p.return_1d = 0) as unchanged,
        count(*) filter (where k.state = 'suspended') as suspended,
        count(*) filter (where k.state = 'held') as held,
        count(*) filter (where k.state in ('missing', 'unobtainable')) as missing,
        count(*) filter (where k.state = 'received' and p.return_1d is null) as no_reference,
        count(*) filter (where r.new_high_52w) as new_highs,
        count(*) filter (where r.new_low_52w) as new_lows,
        count(r.new_high_52w) as with_52w_history,
        -- Hong Kong has no daily limits.
        case when any_value(k.market) = 'CN' then count(*) filter (where p.limit_state = 'closed_up') end as limit_up,
        case when any_value(k.market) = 'CN' then count(*) filter (where p.limit_state = 'closed_down') end as limit_down,
        case when any_value(k.market) = 'CN'
            then count(p.limit_up) filter (where k.state = 'received')
        end as with_limits,
        case when count(*) filter (where k.state in ('held', 'missing')) = 0
            then cast(round(sum(base.exact(base.turnover_estimate(p.volume, p.high, p.low, p.close)))) as double)
        end as turnover_estimate
    from base.keys as k
    join base.sessions as s on s.market = k.market and s.trade_date = k.trade_date
    left join base.prices as p on p.symbol = k.symbol and p.trade_date = k.trade_date
    left join base.stock_returns as r on r.symbol = k.symbol and r.trade_date = k.trade_date
    -- The 20 sessions before take less than 60 days.
    where not k.is_index and k.trade_date >= getvariable('first_day') - 60
    group by k.index_symbol, k.trade_date
),
averaged as (
    select
        *,
        -- Half, late and early days are no part of an average, and are held against none.
        case when is_full and count(turnover_estimate) over the_20_before = 20
            then round(avg(turnover_estimate) over the_20_before)
        end as turnover_estimate_20d
    from counted
    window the_20_before as (
        partition by index_symbol, is_full order by trade_date rows between 20 preceding and 1 preceding
    )
),
final as (
    select a.* exclude (is_full)
    from averaged as a
    join dirty_lists as d on d.index_symbol = a.index_symbol and a.trade_date >= d.from_day
)
select * from final order by trade_date, index_symbol;

create view breadth as select * from base.breadth;

comment on view breadth is 'One row a followed index and covered session: its members counted by what they did. The counts add up to member_count.';
comment on column breadth.index_symbol is 'Vendor symbol of the index.';
comment on column breadth.trade_date is 'Local date of the session.';
comment on column breadth.member_count is 'Members on that day.';
comment on column breadth.advancers is 'Members that rose.';
comment on column breadth.decliners is 'Members that fell.';
comment on column breadth.unchanged is 'Members that traded and closed at their reference price.';
comment on column breadth.suspended is 'Members that did not trade.';
comment on column breadth.held is 'Members whose bar is in quarantine.';
comment on column breadth.missing is 'Members without a bar, those that the vendor no longer has included.';
comment on column breadth.no_reference is 'Members that traded, with no close of the session before to compare with.';
comment on column breadth.new_highs is 'Members that closed above every other close of 52 weeks, of those in with_52w_history.';
comment on column breadth.new_lows is 'Members that closed below every other close of 52 weeks, of those in with_52w_history.';
comment on column breadth.with_52w_history is 'Members that traded and of which every session of the past 52 weeks is stored.';
comment on column breadth.limit_up is 'Number of members that closed at their upper price limit, of those in with_limits; null in Hong Kong, which has none.';
comment on column breadth.limit_down is 'Number of members that closed at their lower price limit, of those in with_limits; null in Hong Kong, which has none.';
comment on column breadth.with_limits is 'Members that traded and whose price limits of the day are known; null in Hong Kong.';
comment on column breadth.turnover_estimate is 'Estimated turnover of the members together (volume x typical price), in the currency of the index; without those that the vendor no longer has, null when others are held or missing.';
comment on column breadth.turnover_estimate_20d is 'Average estimated turnover of the 20 covered full sessions before this one; null unless all 20 have one. Half, late and early days are left out, and have none.';
