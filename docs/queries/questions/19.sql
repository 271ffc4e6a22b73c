-- On which days was only one of the two markets open?
select trade_date, hk_state, cn_state, text
from evening
where hk_state is null or cn_state is null or 'closed' in (hk_state, cn_state)
order by trade_date
