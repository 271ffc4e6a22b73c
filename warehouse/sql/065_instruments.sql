-- Every symbol that is followed or stored, a row for each company that has had the code, and for each known name of it.
create view instruments as
with known as (
    select symbol, valid_from, valid_to, listed_on, source from base.instruments
    union all by name
    select symbol, arg_max(source, valid_from) as source
    from base.members
    where symbol not in (select symbol from base.instruments)
    group by symbol
    union all by name
    select index_symbol as symbol, source from base.indices
    union all by name
    select distinct symbol, source
    from base.price_versions
    where symbol not in (select symbol from base.members union all select symbol from base.instruments)
),
bars as (
    select symbol, trade_date, currency from base.price_versions where known_to is null
    union all
    select symbol, trade_date, currency from base.index_versions where known_to is null
),
seen as (
    select
        k.symbol,
        k.valid_from,
        min(b.trade_date) as first_bar,
        max(b.trade_date) as last_bar,
        arg_max(b.currency, b.trade_date) as currency
    from known as k
    join bars as b on b.symbol = k.symbol and base.covers(k.valid_from, k.valid_to, b.trade_date)
    group by k.symbol, k.valid_from
),
told as (
    select symbol, currency, exchange, first_trade_date, max(asked_at) as asked_at
    from base.answers
    where outcome = 'ok'
    group by all
),
vendor as (
    select
        symbol,
        arg_max(currency, (asked_at, currency)) as currency,
        arg_max(exchange, (asked_at, exchange)) as exchange,
        arg_max(first_trade_date, (asked_at, first_trade_date)) as vendor_history_from
    from told
    group by symbol
),
final as (
    select
        k.symbol,
        k.valid_from,
        k.valid_to,
        coalesce(x.name, n.name) as name,
        coalesce(x.name_zh, n.name_zh) as name_zh,
        case when x.index_symbol is null then 'stock' else 'index' end as kind,
        coalesce(x.market, b.market) as market,
        b.board,
        coalesce(s.currency, v.currency, x.currency) as currency,
        k.listed_on,
        s.first_bar,
        s.last_bar,
        v.exchange,
        v.vendor_history_from,
        u.reason as unobtainable,
        k.source,
        coalesce(x.name_zh_hans, n.name_zh_hans) as name_zh_hans
    from known as k
    left join base.indices as x on x.index_symbol = k.symbol
    left join base.boards as b on k.symbol glob b.pattern
    left join seen as s on s.symbol = k.symbol and s.valid_from is not distinct from k.valid_from
    -- The vendor speaks of the company that has the code today.
    left join vendor as v on v.symbol = k.symbol and k.valid_to is null
    left join base.unobtainable as u
        on u.symbol = k.symbol
        and coalesce(u.valid_from, date '0001-01-01') < coalesce(k.valid_to, date 'infinity')
        and coalesce(u.valid_to, date 'infinity') > coalesce(k.valid_from, date '0001-01-01')
    left join lateral (
        select arg_max(d.name, d.valid_from) as name, arg_max(d.name_zh, d.valid_from) as name_zh,
            arg_max(d.name_zh_hans, d.valid_from) as name_zh_hans
        from base.dated_names as d
        where d.symbol = k.symbol and d.valid_from < coalesce(k.valid_to, date 'infinity')
    ) as n on true
)
select * from final order by symbol, valid_from nulls first;

comment on view instruments is 'One row a symbol and company that has had it, or known name of one: codes are renamed and reused, a row speaks of its own dates only.';
comment on column instruments.symbol is 'Vendor symbol.';
comment on column instruments.valid_from is 'First day on which the code was this company''s and this its name; null where no other is known before.';
comment on column instruments.valid_to is 'First day on which that no longer held; null while it does.';
comment on column instruments.name is 'Its last name in those dates, English where one is known.';
comment on column instruments.name_zh is 'Its name in Traditional Chinese where one is known.';
comment on column instruments.name_zh_hans is 'Its name in Simplified Chinese where one is known.';
comment on column instruments.kind is 'stock or index.';
comment on column instruments.market is 'HK or CN.';
comment on column instruments.board is 'Board that the code belongs to, for example SSE Main, STAR, ChiNext, HKEX Main; null for an index.';
comment on column instruments.currency is 'Currency of its prices, as the vendor states it.';
comment on column instruments.listed_on is 'First day of trading, from a cited fact; null if unknown, for the first bar seen is no listing date.';
comment on column instruments.first_bar is 'First stored bar in those dates.';
comment on column instruments.last_bar is 'Last stored bar in those dates.';
comment on column instruments.exchange is 'Exchange as the vendor names it.';
comment on column instruments.vendor_history_from is 'Where the vendor''s own history begins: no listing date.';
comment on column instruments.unobtainable is 'Why the vendor has no bars of it, or has none of some days; null if no reason is known.';
comment on column instruments.source is 'Where the facts come from; names and currency of the day may be the vendor''s.';
