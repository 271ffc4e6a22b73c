-- The days that the last runs of each market were for, an evening's own or a backfill's last one. Parameter: runs.
select distinct last_date as day
from base.runs
where state = 'stored' and scope = 'members'
qualify row_number() over (partition by market order by started_at desc) <= $runs
order by day
