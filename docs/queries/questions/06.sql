-- Who was in the Hang Seng Index on a date?
select symbol, name, valid_from
from members_on('^HSI', '2015-06-01')
order by symbol
