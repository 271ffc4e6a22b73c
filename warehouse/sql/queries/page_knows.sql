-- What the page of each day knows, as a text that is another one when the page would be: of each market the last instant at
-- which anything of the day or of one before it was stored, closed or decided, and when anything was last said of the day;
-- the official evenings up to it; and of a person's files the weights, exchange rates and industries that it shows.
-- Parameters: days.
with days as (
    select cast(unnest($days) as date) as day
),
instants as (
    select market, trade_date as day, greatest(max(known_from), max(known_to)) as instant
    from base.price_versions
    group by market, trade_date
    union all
    select market, trade_date, greatest(max(known_from), max(known_to))
    from base.index_versions
    group by market, trade_date
    union all
    select market, ex_date, greatest(max(known_from), max(known_to))
    from base.action_versions
    group by market, ex_date
    union all
    select market, trade_date, greatest(max(held_at), max(decided_at))
    from base.quarantine
    group by market, trade_date
),
changes as (
    select market, day, max(instant) as instant from instants group by market, day
),
stored as (
    select d.day, c.market || ' ' || cast(max(c.instant) as varchar) as known
    from days as d
    join changes as c on c.day <= d.day
    group by d.day, c.market
),
said as (
    select d.day, p.market || ' said ' || cast(max(p.published_at) as varchar) as known
    from days as d
    join base.published as p on p.trade_date = d.day
    group by d.day, p.market
),
official as (
    select d.day, concat(a.market, ' official ', count(*), ' ', max(a.asked_at)) as known
    from days as d
    join base.official_answers as a on a.trade_date <= d.day and a.outcome = 'ok'
    group by d.day, a.market
),
weights as (
    select index_symbol, as_of, md5(string_agg(symbol || ' ' || weight, ',' order by symbol))[:12] as content
    from base.weights
    group by index_symbol, as_of
),
industries as (
    select md5(string_agg(concat_ws(' ', scheme, symbol, industry, valid_from, valid_to), ','
        order by scheme, symbol, valid_from))[:12] as content
    from base.industries
),
given as (
    select d.day, 'weights ' || w.index_symbol || ' ' || arg_max(w.content, w.as_of) as known
    from days as d
    join weights as w on w.as_of < d.day
    group by d.day, w.index_symbol
    union all
    select d.day, 'rates ' || md5(string_agg(concat_ws(' ', r.fixing, r.from_currency, r.to_currency, r.rate), ','
        order by r.fixing, r.from_currency, r.to_currency))[:12]
    from days as d
    join base.exchange_rates as r on r.trade_date = d.day
    group by d.day
    union all
    select d.day, 'industries ' || i.content
    from days as d
    join industries as i on i.content is not null
),
final as (
    select d.day, coalesce(string_agg(k.known, ', ' order by k.known), '') as known
    from days as d
    left join (from stored union all from said union all from official union all from given) as k on k.day = d.day
    group by d.day
)
select * from final order by day
