-- What a day's page lacks or doubts, and why: bars and events held in quarantine, falls that nothing explains, and what the
-- vendor did not give. Parameter: day.
with lacking as (
    select distinct k.market, k.symbol, k.state, k.known_limit, k.no_data_since, k.outcome, k.detail as answer
    from base.keys as k
    join session_status as s on s.market = k.market and s.trade_date = k.trade_date and s.state <> 'pending'
    where k.trade_date = cast($day as date) and k.state in ('held', 'missing', 'unobtainable')
),
names as (
    select symbol, base.called(house_name, name) as name, name_zh, name_zh_hans
    from base.dated_names
    where base.covers(valid_from, valid_to, cast($day as date))
    union all
    select index_symbol, name, name_zh, name_zh_hans from indices
)
select
    l.market, cast($day as date) as trade_date, l.symbol, n.name, n.name_zh, n.name_zh_hans, l.state, l.known_limit, l.no_data_since, l.outcome, l.answer, q.id, q.rule, q.detail, u.reason
from lacking as l
left join names as n on n.symbol = l.symbol
left join quarantine as q
    on l.state = 'held'
    and q.symbol = l.symbol
    and q.trade_date = cast($day as date)
    and q.status = 'held'
    and q.kind is null
left join base.unobtainable as u on u.symbol = l.symbol and base.covers(u.valid_from, u.valid_to, cast($day as date))
union all by name
select q.market, q.trade_date, q.symbol, n.name, n.name_zh, n.name_zh_hans, q.status as state, q.id, q.rule, q.detail
from quarantine as q
left join names as n on n.symbol = q.symbol
where q.trade_date = cast($day as date)
    and ((q.kind is not null and q.status = 'held') or (q.rule = 'fall_without_event' and q.status = 'warned'))
order by state, symbol, rule
