select trade_date, close, known_from, known_to, source
from price_versions
where symbol = '0388.HK'
order by trade_date desc, known_from
limit 10
