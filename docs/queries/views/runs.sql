select ended_at, flow, market, first_date, last_date, state, new_rows, restated_rows, held_rows
from runs
order by ended_at desc
limit 10
