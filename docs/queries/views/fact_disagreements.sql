select kind, market, subject, trade_date, detail
from fact_disagreements
order by trade_date desc, subject
limit 10
