-- The judged sessions from a day on: when each was final (null of a day that was found to be no session), and when anything of
-- it was last said. Parameter: first.
with said as (
    select market, trade_date, max(published_at) as said_at
    from published
    where trade_date >= cast($first as date)
    group by market, trade_date
)
select s.market, s.trade_date, d.final_from + to_minutes(b.settle_minutes) as final_at, p.said_at
from session_status as s
join sessions as d on d.market = s.market and d.trade_date = s.trade_date
join said as p on p.market = s.market and p.trade_date = s.trade_date
cross join base.build as b
where s.trade_date >= cast($first as date) and s.state in ('complete', 'partial', 'closed')
order by s.trade_date, s.market desc
