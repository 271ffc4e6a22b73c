select last_session, index_code, period, is_over, period_return, streak, best_since, worst_since, since_status
from index_periods
where index_code = 'HSI'
order by last_session desc, first_session desc
limit 8
