select scheme, industry, count(*) as stocks
from industries
group by all
order by all
