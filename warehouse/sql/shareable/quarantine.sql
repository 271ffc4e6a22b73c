-- What was held, without the words that compare it with other bars: those may be another's.
select * replace (cast(null as varchar) as detail)
from warehouse.main.quarantine
where list_contains(getvariable('shareable'), source)
