-- Splits, dividends and adjustments of a symbol with an ex-date in a window, held and withdrawn ones too.
-- Parameters: symbol, first, last.
select ex_date, kind, value, currency, state, reason, known_from, known_to, source
from action_versions
where symbol = $symbol and ex_date between cast($first as date) and cast($last as date)
order by ex_date, kind, known_from
