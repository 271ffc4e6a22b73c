-- Codes of a company whose name has these words. Parameter: words.
select symbol, any_value(name) as name
from instruments
where contains(lower(name), lower($words)) or contains(name_zh, $words) or contains(name_zh_hans, $words)
group by symbol
order by symbol
limit 10
