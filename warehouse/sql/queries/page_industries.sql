-- The industry of each stock on a day, by the first scheme of a person's that has it. Parameter: day.
select symbol, arg_min(industry, scheme) as industry
from industries
where base.covers(valid_from, valid_to, cast($day as date))
group by symbol
