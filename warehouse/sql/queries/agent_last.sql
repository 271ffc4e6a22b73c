-- The last session of each market that has been judged, how many before it are not complete, and the last that is final.
-- Parameter: now.
with judged as (
    select
        market,
        max(trade_date) as last_judged,
        count(*) filter (where state in ('partial', 'pending')) as incomplete
    from session_status
    where state <> 'closed'
    group by market
),
final_days as (
    select s.market, max(s.trade_date) as last_final
    from sessions as s
    cross join base.build as b
    where s.kind <> 'closed' and s.final_from + to_minutes(b.settle_minutes) <= $now
    group by s.market
),
final as (
    select f.market, j.last_judged, coalesce(j.incomplete, 0) as incomplete, f.last_final
    from final_days as f
    left join judged as j on j.market = f.market
)
select * from final order by market desc
