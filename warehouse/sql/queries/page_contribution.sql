-- The members that gave each index the most points, and those that took the most. Parameter: day.
with ranked as (
    select
        c.index_symbol,
        c.symbol,
        base.called(n.house_name, c.name) as name,
        n.name_zh,
        n.name_zh_hans,
        c.weight,
        c.points,
        row_number() over (
            partition by c.index_symbol, sign(c.points) order by abs(c.points) desc, c.symbol
        ) as rank
    from contribution as c
    left join base.dated_names as n
        on n.symbol = c.symbol and base.covers(n.valid_from, n.valid_to, c.trade_date)
    where c.trade_date = cast($day as date) and c.points <> 0
)
select * from ranked where rank <= 5 order by index_symbol, points desc, symbol
