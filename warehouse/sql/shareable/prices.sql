-- Bars that may be passed on, without what shows another's: a return shows the close before it, which may be of a source that
-- fills a hole, and an official source's figures stand beside the bar.
with beside as (
    select
        *,
        list_contains(getvariable('shareable'), coalesce(
            last_value(if(trading_state = 'traded', source, null) ignore nulls) over before,
            last_value(source) over before
        )) is not false as shows_before,
        list_contains(getvariable('shareable'), official_source) is not false as shows_official
    from warehouse.main.prices
    window before as (
        partition by symbol order by trade_date rows between unbounded preceding and 1 preceding
    )
),
judged as (
    select
        *,
        shows_before and (
            reference_source is distinct from official_source or shows_official
        ) as shows_reference
    from beside
    where list_contains(getvariable('shareable'), source)
)
select
    * exclude (shows_before, shows_official, shows_reference)
    replace (
        if(shows_before, previous_close, null) as previous_close,
        if(shows_before, computed_reference, null) as computed_reference,
        if(shows_reference, reference_price, null) as reference_price,
        if(shows_reference, return_1d, null) as return_1d,
        if(shows_reference, limit_up, null) as limit_up,
        if(shows_reference, limit_down, null) as limit_down,
        if(shows_official, turnover, null) as turnover,
        if(shows_official, official_close, null) as official_close,
        if(shows_official, official_previous_close, null) as official_previous_close,
        if(shows_official, printed, null) as printed
    )
from judged
