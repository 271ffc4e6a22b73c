-- The last closes of every index up to a day, the oldest first, null for a session that is not stored. Parameters: day, count.
select index_symbol, list(close order by trade_date) as closes
from (
    select index_symbol, trade_date, close
    from base.index_returns
    where trade_date <= cast($day as date)
    qualify row_number() over (partition by index_symbol order by trade_date desc) <= $count
)
group by index_symbol
