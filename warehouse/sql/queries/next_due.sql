-- The next session of each market to become final. Parameter: now.
select s.market, min(s.final_from + to_minutes(b.settle_minutes)) as due_at
from base.sessions as s
cross join base.build as b
where s.kind <> 'closed' and s.final_from + to_minutes(b.settle_minutes) > $now
group by s.market
order by due_at, s.market desc
