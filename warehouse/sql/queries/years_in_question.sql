-- The years of each market that hold a day that is looked at: all that is said is of a day with a verdict.
select distinct market, cast(year(trade_date) as integer) as year
from session_status
where trade_date >= getvariable('first_day')
order by market, year
