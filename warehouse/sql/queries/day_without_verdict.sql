-- Why a day has no verdict: it is still ahead, it is no session, or nobody has asked for it. Parameters: day, now.
with days as (
    select
        s.trade_date,
        s.trade_date = cast($day as date) as is_asked,
        s.final_from + to_minutes(b.settle_minutes) <= $now as is_final
    from sessions as s
    cross join base.build as b
    where s.kind <> 'closed' and s.confirmed is distinct from false
),
final as (
    select
        cast($day as date) > cast($now as date)
            or coalesce(bool_and(not is_final) filter (where is_asked), false) as is_ahead,
        coalesce(bool_or(is_asked), false) as is_session,
        max(trade_date) filter (where is_final and trade_date < cast($day as date)) as last_session
    from days
)
select * from final
