-- The symbols for which a person gave events in actions.csv, and of which no bar is stored: mistyped, or not fetched yet.
select distinct e.symbol
from corporate_actions as e
anti join base.every_symbol as s on s.symbol = e.symbol
where e.source = 'local'
order by e.symbol
