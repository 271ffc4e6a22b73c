-- Events and their versions, without the words that hold them against prices: those may be another's.
select * replace (cast(null as varchar) as reason)
from warehouse.main.action_versions
where list_contains(getvariable('shareable'), source)
