-- On which days did the Hang Seng Index have its largest gain of the month so far?
select trade_date, return_1d, month_sessions
from index_returns
where index_code = 'HSI' and rank_in_month = 1 and return_1d > 0 and month_sessions >= 3
order by trade_date
