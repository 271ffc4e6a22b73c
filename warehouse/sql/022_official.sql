-- What exchanges printed: every line of MARKET_YEARS and of this month, and of older evenings the stocks that have bars.
-- The lake has the rest. The first day moves with the month, since the file is then made whole.
create view base.whole_evenings as
    select cast(date_trunc('month', built_at) - to_years(market_years) as date) as from_day from base.build;

create table base.official_versions as
select * exclude (month)
from (
    -- Apart, so that of the many old evenings little is read.
    from lake_official
    where trade_date >= (select from_day from base.whole_evenings)
    union all
    from lake_official
    where trade_date < (select from_day from base.whole_evenings)
        and symbol in (select symbol from base.price_versions)
)
order by trade_date, symbol, known_from;

create table base.official_totals as
    select * exclude (year) from lake_official_totals order by trade_date, board, kind, currency;
create table base.official_answers as
    select * exclude (year) from lake_official_answers order by trade_date, source, asked_at;
create temp table dirty_lines as select distinct symbol, date '0001-01-01' as from_day from base.official_versions;

-- The official row of a stock's bar, one a symbol and day: an exchange's own goes before a vendor's. A row in doubt is
-- kept and used for nothing. `keys` names the stocks, and from which day on.
create macro base.official_bars_as_known_on(ts, keys) as table
select o.*
from base.official_versions as o
join query_table(keys) as k on k.symbol = o.symbol and o.trade_date >= k.from_day
where o.doubt is null
    and base.was_known(o.known_from, o.known_to, ts)
qualify row_number() over (partition by o.symbol, o.trade_date order by o.authority, o.source) = 1;

-- From when to when each row was held at a stretch: until a person decided or a later answer did, and anew where a person has
-- taken the same back once more. A row of before each time had one of its own keeps the last.
create view base.held_spells as
select
    q.*,
    case when q.status = 'held' then coalesce(q.decided_at, q.held_at) else q.held_at end as held_from,
    case when q.status <> 'held' then least(q.decided_at, d.decided_at) end as held_to
from base.quarantine as q
left join (
    select id, min(decided_at) as decided_at from base.decisions where decision <> 'held' group by id
) as d on d.id = q.id;

-- Mainland days of which we and an official source gave two accounts at `ts`.
create macro base.doubted_references_as_known_on(ts) as table
select distinct symbol, trade_date
from base.held_spells
where rule = 'official_reference_differs' and base.was_known(held_from, held_to, ts);

create table base.doubted_references as from base.doubted_references_as_known_on('infinity');

create table base.official_bars as
    from base.official_bars_as_known_on('infinity', 'dirty_symbols') order by trade_date, symbol;

-- Those known at `ts`; for good, the table.
create macro base.official_bars_of(ts) as table
from base.official_bars
where cast(ts as timestamptz) = 'infinity'
union all
from base.official_bars_as_known_on(ts, 'base.every_symbol')
where cast(ts as timestamptz) <> 'infinity';

-- A close at which nobody dealt is the day's own where it is printed and another than the one before: what is repeated is of a
-- day before, and knows nothing of what goes ex.
create macro base.is_nominal(state, printed_before, printed, close) as coalesce(
    state = 'no trade' and abs(printed - close) < 0.0005 and abs(printed - printed_before) >= 0.0005, false
);
