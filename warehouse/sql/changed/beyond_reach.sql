-- Stocks that have their first bars, where older official evenings are in files that only have what others need of them.
select distinct c.symbol
from changed_price_versions as c
anti join base.prices as p on p.symbol = c.symbol
where (select from_day from base.whole_evenings) > $oldest
