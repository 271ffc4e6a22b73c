-- Sessions that became final after this file was built and that no run has covered. Parameter: now.
select s.market, s.trade_date, s.final_from + to_minutes(b.settle_minutes) as final_at
from sessions as s
cross join base.build as b
join (select market, min(first_date) as first_date from runs where state = 'stored' and scope = 'members' group by market) as r
    on r.market = s.market and s.trade_date >= r.first_date
left join session_status as v on v.market = s.market and v.trade_date = s.trade_date
where s.kind <> 'closed' and s.confirmed is distinct from false and v.trade_date is null and s.final_from + to_minutes(b.settle_minutes) <= $now
order by s.trade_date, s.market desc
