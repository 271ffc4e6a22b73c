-- Every line that an official source ever printed: from when to when, and under which names.
-- Of evenings before those that the file holds whole: they change only where the file is made whole.
create table base.earlier_lines as
select market, symbol, source, name, min(trade_date) as first_session, max(trade_date) as last_session
from (
    select *, count(*) filter (is_other) over (partition by symbol, source order by trade_date) as spell
    from (
        select
            market,
            symbol,
            source,
            name,
            trade_date,
            name is distinct from lag(name) over (partition by symbol, source order by trade_date) as is_other
        from lake_official
        where known_to is null and trade_date < (select from_day from base.whole_evenings)
    )
)
group by market, symbol, source, spell, name;

create view listings as
with held as not materialized (
    -- Names as printed: official_prices has one of ours where none is.
    select v.market, v.symbol, v.source, v.name, v.trade_date
    from base.official_versions as v
    semi join base.session_grid as g on g.market = v.market and g.trade_date = v.trade_date
    where v.known_to is null and v.trade_date >= (select from_day from base.whole_evenings)
),
renamed as not materialized (
    select symbol, source from held group by symbol, source having min(name) <> max(name)
),
spells as (
    select *, count(*) filter (is_other) over (partition by symbol, source order by trade_date) as spell
    from (
        select h.*, h.name is distinct from lag(h.name) over (partition by symbol, source order by trade_date) as is_other
        from held as h
        join renamed as r using (symbol, source)
    )
),
parts as (
    select market, symbol, source, name, min(trade_date) as first_session, max(trade_date) as last_session
    from (select h.* from held as h anti join renamed as r using (symbol, source))
    group by market, symbol, source, name
    union all
    select market, symbol, source, name, min(trade_date), max(trade_date)
    from spells
    group by market, symbol, source, spell, name
    union all
    select market, symbol, source, name, first_session, last_session from base.earlier_lines
),
named as not materialized (
    -- What was called so before the evenings that are held and on the first of them is one spell.
    select market, symbol, source, name, min(first_session) as first_session, max(last_session) as last_session
    from (
        select *, count(*) filter (is_other) over (partition by symbol, source order by first_session) as spell
        from (
            select
                p.*,
                p.name is distinct from lag(p.name) over (partition by symbol, source order by first_session) as is_other
            from parts as p
        )
    )
    group by market, symbol, source, spell, name
),
ends as (
    -- Of all lines, whichever is asked for: days alone are little to read.
    select market, source, min(first_session) as first_evening, max(last_session) as last_evening
    from (
        select market, source, min(trade_date) as first_session, max(trade_date) as last_session
        from base.official_prices
        group by market, source
        union all
        select market, source, min(first_session), max(last_session) from base.earlier_lines group by market, source
    )
    group by market, source
),
first_bars as not materialized (
    select symbol, min(trade_date) as first_day from base.price_versions where known_to is null group by symbol
),
last_kinds as (
    select
        symbol,
        source,
        arg_max(kind, trade_date) as kind,
        arg_max(parent, trade_date) as parent,
        arg_max(name, trade_date) as name
    from base.official_prices
    group by symbol, source
),
final as (
    select
        n.market,
        n.symbol,
        any_value(k.kind) as kind,
        any_value(k.parent) as parent,
        coalesce(arg_max(n.name, n.last_session), any_value(k.name)) as name,
        list({'name': n.name, 'first_session': n.first_session, 'last_session': n.last_session} order by n.first_session)
            filter (n.name is not null) as names,
        min(n.first_session) as first_session,
        max(n.last_session) as last_session,
        min(n.first_session) > any_value(e.first_evening)
            and coalesce(any_value(b.first_day) >= min(n.first_session), true)
            and arg_min(u.market is null, n.first_session) as is_first_known,
        max(n.last_session) = any_value(e.last_evening) as is_listed,
        n.source
    from named as n
    join ends as e on e.market = n.market and e.source = n.source
    left join last_kinds as k on k.symbol = n.symbol and k.source = n.source
    left join first_bars as b on b.symbol = n.symbol
    left join base.unread_evenings as u
        on u.market = n.market and u.source = n.source and u.next_session = n.first_session
    group by n.market, n.symbol, n.source
)
select * from final order by market, symbol, source;

comment on view listings is 'One row a line that an official source printed on any stored evening, the delisted included. A code that changed hands is one row: its names say so.';
comment on column listings.market is 'HK or CN.';
comment on column listings.symbol is 'Ours, for example 0700.HK, 80700.HK, 600519.SS.';
comment on column listings.kind is 'As in official_prices, as it was last known; null for a line that is only in older evenings.';
comment on column listings.parent is 'Of a second counter, the line that it is another counter of.';
comment on column listings.name is 'Its last name as printed; where the source prints none, ours.';
comment on column listings.names is 'Its names as printed, each with the first and last session on which it was; null where the source prints none.';
comment on column listings.first_session is 'First stored session on which it was printed.';
comment on column listings.last_session is 'Last stored session on which it was printed.';
comment on column listings.is_first_known is 'True where the source was asked for earlier evenings: it was not there before first_session. False where we have bars of before, or lines of the evening before could not be read.';
comment on column listings.is_listed is 'True where the last stored evening of the source has it.';
comment on column listings.source is 'The official source.';
