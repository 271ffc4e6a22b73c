-- Whose official rows there are of a day, which its page shows. Parameter: day.
select distinct source from base.official_versions where trade_date = cast($day as date) order by source
