-- The last session of each covered market that has been final for so many hours, unless it is complete or closed.
-- Parameters: now, hours.
with covered as (
    select market, min(first_date) as first_date from runs where state = 'stored' and scope = 'members' group by market
),
due as (
    select s.market, max(s.trade_date) as trade_date
    from sessions as s
    cross join base.build as b
    join covered as c on c.market = s.market and s.trade_date >= c.first_date
    where s.kind <> 'closed' and s.confirmed is distinct from false
        and s.final_from + to_minutes(b.settle_minutes) + to_hours($hours) <= $now
    group by s.market
),
final as (
    select
        d.market,
        d.trade_date,
        coalesce(v.state, 'pending') as state,
        coalesce(v.reason, 'no run has ended for it yet') as reason
    from due as d
    left join session_status as v on v.market = d.market and v.trade_date = d.trade_date
    where coalesce(v.state, 'pending') not in ('complete', 'closed')
    union all
    select null, null, 'pending', 'no run has stored anything yet' where not exists (select 1 from covered)
)
select * from final order by trade_date, market desc
