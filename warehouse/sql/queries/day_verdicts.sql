-- Each market on a day: its verdict; 'pending' for a session that is not judged yet, 'closed' without a session.
-- Parameter: day.
with markets as (
    select distinct market from indices
),
final as (
    select
        m.market,
        cast($day as date) as trade_date,
        coalesce(
            s.state, case when d.kind is null or d.kind = 'closed' or d.confirmed = false then 'closed' else 'pending' end
        ) as state,
        d.kind,
        d.closes,
        coalesce(s.expected, 0) as expected,
        coalesce(s.received, 0) as received,
        coalesce(s.suspended, 0) as suspended,
        coalesce(s.held, 0) as held,
        coalesce(s.missing, 0) as missing,
        coalesce(s.unobtainable, 0) as unobtainable,
        s.reason,
        s.reason_zh,
        s.reason_zh_hans,
        s.trade_date is not null as is_judged
    from markets as m
    left join sessions as d on d.market = m.market and d.trade_date = cast($day as date)
    left join session_status as s on s.market = m.market and s.trade_date = cast($day as date)
)
select * from final order by market desc
