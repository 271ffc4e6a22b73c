-- What the session of each market and day is worth: its verdict, or why it has none; who said its prices, and since when that
-- is what we hold. Parameters: days, markets (lists), now.
with asked as (
    select m.market, d.trade_date
    from (select unnest(cast($markets as varchar[])) as market) as m
    cross join (select unnest(cast($days as date[])) as trade_date) as d
),
bars as (
    -- Not of the views: a source is named also where its rows may not be shown.
    select market, trade_date, source, known_from from base.prices
    where trade_date in (select trade_date from asked)
    union all
    select market, trade_date, source, known_from from base.index_days
    where close is not null and trade_date in (select trade_date from asked)
),
said as (
    select
        market,
        trade_date,
        string_agg(distinct source, ', ' order by source) as sources,
        max(known_from) as known_from
    from bars
    group by market, trade_date
),
restated as (
    select market, trade_date, count(*) as changes, max(known_from) as restated_at
    from restatements
    where trade_date in (select trade_date from asked)
    group by market, trade_date
),
calendar as (
    select market, min(trade_date) as first_date, max(trade_date) as last_date from sessions group by market
),
covered as (
    select
        market,
        min(trade_date) as first_date,
        max(trade_date) filter (where state in ('complete', 'partial')) as last_date
    from session_status
    where state <> 'closed'
    group by market
),
final as (
    select
        a.market,
        a.trade_date,
        s.kind,
        case
            when v.state is not null then v.state
            when a.trade_date not between k.first_date and k.last_date then 'not known'
            when s.kind is null or s.kind = 'closed' or s.confirmed = false then 'no session'
            when s.final_from + to_minutes(b.settle_minutes) > $now then 'not over'
            when c.first_date is null or a.trade_date < c.first_date then 'not owed'
            else 'pending'
        end as state,
        v.expected, v.received, v.suspended, v.held, v.missing, v.unobtainable, v.reason,
        p.sources,
        p.known_from,
        coalesce(r.changes, 0) as restated,
        r.restated_at,
        c.first_date as covered_from,
        c.last_date as judged_to
    from asked as a
    cross join base.build as b
    left join calendar as k on k.market = a.market
    left join sessions as s on s.market = a.market and s.trade_date = a.trade_date
    left join session_status as v on v.market = a.market and v.trade_date = a.trade_date
    left join said as p on p.market = a.market and p.trade_date = a.trade_date
    left join restated as r on r.market = a.market and r.trade_date = a.trade_date
    left join covered as c on c.market = a.market
)
select * from final order by trade_date, market desc
