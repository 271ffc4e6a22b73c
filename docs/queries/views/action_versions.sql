select symbol, ex_date, kind, value, state, reason
from action_versions
order by known_from desc, symbol
limit 10
