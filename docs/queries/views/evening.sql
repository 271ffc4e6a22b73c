select trade_date, hk_state, cn_state, hsi_return_1d, hstech_return_1d, csi300_return_1d, text
from evening
order by trade_date desc
limit 5
