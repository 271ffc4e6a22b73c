-- Rows of the quarantine that were settled, newest first: released, rejected or cured, by whom and why. A bar that a person
-- took back stands there as held. Parameters: first, last (null for no bound), limit.
select
    q.market,
    q.trade_date,
    q.symbol,
    coalesce(i.name, base.called(n.house_name, n.name)) as name,
    coalesce(i.name_zh, n.name_zh) as name_zh,
    coalesce(i.name_zh_hans, n.name_zh_hans) as name_zh_hans,
    q.rule,
    q.status,
    q.decided_at,
    q.decided_by,
    q.note,
    q.detail,
    q.id
from quarantine as q
left join indices as i on i.index_symbol = q.symbol
left join base.dated_names as n
    on n.symbol = q.symbol and base.covers(n.valid_from, n.valid_to, q.trade_date)
where q.status in ('released', 'rejected', 'cured')
    and ($first is null or q.trade_date >= cast($first as date))
    and ($last is null or q.trade_date <= cast($last as date))
order by q.trade_date desc, q.status = 'cured', q.symbol, q.rule, q.id
limit $limit
