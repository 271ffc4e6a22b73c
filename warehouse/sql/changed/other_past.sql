-- The sessions that were judged and are other ones now, or none: the facts of old days have changed.
select s.market, s.trade_date
from changed_sessions as s
join (select market, max(trade_date) as last_day from base.verdicts group by market) as j on j.market = s.market
where s.trade_date <= j.last_day
