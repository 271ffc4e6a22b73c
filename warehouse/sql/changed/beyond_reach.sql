-- Stocks that have their first bars, where older official evenings are in files that only have what others need of them.
select distinct c.symbol
from changed_price_versions as c
where c.symbol not in (select symbol from base.prices)
    and (select from_day from base.whole_evenings) > $oldest
