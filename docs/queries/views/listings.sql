-- Lines that were delisted, the last one first.
select symbol, name, kind, first_session, last_session
from listings
where not is_listed
order by last_session desc
limit 10
