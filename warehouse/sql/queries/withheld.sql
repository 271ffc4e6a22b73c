-- Whose rows a connection does not show, by market; none where nothing was withheld.
select market, source
from (
    select unnest(
        coalesce(getvariable('withheld'), cast([] as struct(market varchar, source varchar)[])), recursive := true
    )
)
