-- The closes of a session that became other ones after a moment, by the names that sentences use, an index first; the
-- first value that was said against the last, unless it is that one again. Parameters: market, day, since.
with changed as (
    select symbol, arg_min(old_value, known_from) as old_value, arg_max(new_value, known_from) as new_value
    from restatements
    where market = $market and trade_date = cast($day as date) and field = 'close' and known_from > $since
    group by symbol
    -- As restatements has it: half the finest tick.
    having abs(arg_max(new_value, known_from) - arg_min(old_value, known_from)) > 0.0005
)
select
    c.symbol,
    c.old_value,
    c.new_value,
    coalesce(i.name, base.called(n.house_name, n.name), c.symbol) as name,
    coalesce(i.name_zh, base.short_name_zh(n.name_zh)) as name_zh,
    coalesce(i.name_zh_hans, base.short_name_zh(n.name_zh_hans)) as name_zh_hans
from changed as c
left join indices as i on i.index_symbol = c.symbol
left join base.dated_names as n
    on n.symbol = c.symbol and base.covers(n.valid_from, n.valid_to, cast($day as date))
order by i.index_symbol is null, c.symbol
