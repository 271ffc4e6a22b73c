-- The versions of a bar or an action follow each other: none begins before the one before it has ended.
with every_version as (
    select symbol, trade_date, null as kind, known_from, known_to
    from price_versions
    where trade_date >= getvariable('first_day')
    union all
    select symbol, ex_date, kind, known_from, known_to
    from base.action_versions
    where ex_date >= getvariable('first_day')
),
superseded as (
    select distinct symbol, trade_date from every_version where known_to is not null
)
select v.symbol, v.trade_date, v.kind, v.known_from
from every_version as v
semi join superseded as s on s.symbol = v.symbol and s.trade_date = v.trade_date
qualify v.known_to < v.known_from
    or v.known_from < lag(coalesce(v.known_to, 'infinity')) over (
        partition by v.symbol, v.trade_date, v.kind order by v.known_from
    )
