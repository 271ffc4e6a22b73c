-- What the page of each day knows, as a text that is another one when the page would be: of each market the last instant at
-- which anything of the day or of one before it was stored, closed or decided, and when anything was last said of the day.
-- Parameter: days.
with days as (
    select cast(unnest($days) as date) as day
),
instants as (
    select market, trade_date, known_from as instant from base.price_versions
    union all
    select market, trade_date, known_to from base.price_versions
    union all
    select market, trade_date, known_from from base.index_versions
    union all
    select market, trade_date, known_to from base.index_versions
    union all
    select market, ex_date, known_from from base.action_versions
    union all
    select market, ex_date, known_to from base.action_versions
    union all
    select market, trade_date, held_at from base.quarantine
    union all
    select market, trade_date, decided_at from base.quarantine
),
changes as (
    select market, trade_date, max(instant) as instant from instants group by market, trade_date
),
stored as (
    select d.day, c.market || ' ' || cast(max(c.instant) as varchar) as known
    from days as d
    join changes as c on c.trade_date <= d.day
    group by d.day, c.market
),
said as (
    select d.day, p.market || ' said ' || cast(max(p.published_at) as varchar) as known
    from days as d
    join base.published as p on p.trade_date = d.day
    group by d.day, p.market
),
final as (
    select d.day, coalesce(string_agg(k.known, ', ' order by k.known), '') as known
    from days as d
    left join (from stored union all from said) as k on k.day = d.day
    group by d.day
)
select * from final order by day
