-- Corrections between versions of which each may be passed on.
select r.*
from warehouse.main.restatements as r
anti join (
    select symbol, trade_date as day, source from warehouse.main.price_versions
    union all
    select symbol, ex_date, source from warehouse.main.action_versions
) as v on v.symbol = r.symbol and v.day = r.trade_date and not list_contains(getvariable('shareable'), v.source)
