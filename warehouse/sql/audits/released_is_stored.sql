-- What was released last was stored: its decision is the run of some version of that bar, or of that day's events. But
-- for what lay in a file whose loss was accepted since.
with stored as (
    select symbol, trade_date, run_id from price_versions where trade_date >= getvariable('first_day')
    union all
    select symbol, ex_date, run_id from base.action_versions where ex_date >= getvariable('first_day')
)
select d.id, d.symbol, d.trade_date
from decisions as d
left join stored as s on s.symbol = d.symbol and s.trade_date = d.trade_date and s.run_id = d.run_id
left join accepted_losses as l
    on contains(l.file, 'market=' || d.market || '/year=' || year(d.trade_date) || '/')
    and cast(l.accepted_at as timestamptz) > d.decided_at
where d.trade_date >= getvariable('first_day') and d.decision = 'released' and s.run_id is null and l.file is null
