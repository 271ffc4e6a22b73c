-- The versions of a bar or an action follow each other: none begins before the one before it has ended.
with every_version as (
    select symbol, trade_date, null as kind, known_from, known_to from price_versions
    union all
    select symbol, ex_date, kind, known_from, known_to from base.action_versions
)
select symbol, trade_date, kind, known_from
from every_version
qualify lag(coalesce(known_to, 'infinity')) over (partition by symbol, trade_date, kind order by known_from) > known_from
    or known_to < known_from
