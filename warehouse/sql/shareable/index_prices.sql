-- Bars of indices that may be passed on, without the close before where that is another's.
with beside as (
    select
        *,
        list_contains(getvariable('shareable'), lag(source) over (partition by index_symbol order by trade_date))
            is not false as shows_before
    from warehouse.main.index_prices
)
select * exclude (shows_before) replace (if(shows_before, previous_close, null) as previous_close)
from beside
where list_contains(getvariable('shareable'), source)
