-- Rows of the quarantine that were settled, newest first: released, rejected or cured, by whom and why. A bar that a person
-- took back stands there as held. Parameters: first, last (null for no bound), limit.
select q.market, q.trade_date, q.symbol, q.rule, q.status, q.decided_at, q.decided_by, q.note, q.detail, q.id
from quarantine as q
where q.status in ('released', 'rejected', 'cured')
    and ($first is null or q.trade_date >= cast($first as date))
    and ($last is null or q.trade_date <= cast($last as date))
order by q.trade_date desc, q.status = 'cured', q.symbol, q.rule
limit $limit
