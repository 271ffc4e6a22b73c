-- What was released last was stored: its decision is the run of some version of that bar.
select d.id, d.symbol, d.trade_date
from decisions as d
left join price_versions as p on p.symbol = d.symbol and p.trade_date = d.trade_date and p.run_id = d.run_id
where d.decision = 'released' and p.run_id is null
