-- The last runs, newest first.
select run_id, flow, scope, market, first_date, last_date, state, source, requests, new_rows, restated_rows, held_rows,
    ended_at, detail
from runs
order by ended_at desc
limit 6
