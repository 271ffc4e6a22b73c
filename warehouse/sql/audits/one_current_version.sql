-- A stock and day, or an index and day, has at most one current version.
select symbol, trade_date, count(*) as versions
from (
    select symbol, trade_date from base.price_versions where known_to is null and trade_date >= getvariable('first_day')
    union all
    select symbol, trade_date from base.index_versions where known_to is null and trade_date >= getvariable('first_day')
)
group by symbol, trade_date
having count(*) > 1
