-- Native tables out of the lake (lake_*) and the reference facts (fact_*), sorted so that a date filter reads little.
create schema base;

-- The words of derived columns that have one of a few in every row: texts are half of what writing a row costs.
create type base.word as enum (
    'XD', 'DR', 'XR',
    'closed_up', 'closed_down', 'touched_up', 'touched_down',
    'official', 'captured', 'coarse', 'settled', 'rebased', 'differs', 'on tick', 'off tick',
    'whole', 'short', 'incomplete'
);

-- Money to be added up: the last bits of a sum of floating-point numbers depend on its order, and of one that ends in a half so
-- does what it is rounded to. What is no number is left out.
create macro base.exact(amount) as try_cast(amount as decimal(38, 4));

create table base.build as select * from fact_build;
create table base.markets as select * from fact_markets;
create table base.indices as select * from fact_indices;
create table base.members as select * from fact_members;
-- Of spells that overlap the later one goes on where those before it end: a member is one a day.
create table base.member_spells as
select index_symbol, symbol, first_day, end_day
from (
    select
        index_symbol,
        symbol,
        greatest(
            coalesce(valid_from, date '0001-01-01'), max(coalesce(valid_to, date 'infinity')) over earlier
        ) as first_day,
        coalesce(valid_to, date 'infinity') as end_day
    from fact_members
    window earlier as (
        partition by index_symbol, symbol order by valid_from nulls first, valid_to
        rows between unbounded preceding and 1 preceding
    )
)
where first_day < end_day
order by index_symbol, symbol, first_day;
create table base.member_counts as select * from fact_member_counts;
create table base.change_days as select * from fact_change_days;
create table base.announced_changes as select * from fact_announced_changes;
create table base.unobtainable as select * from fact_unobtainable;
create table base.weights as select * from fact_weights order by as_of, index_symbol, symbol;
create table base.left_out as select * from fact_left_out order by file;
create table base.sessions as select * from fact_sessions order by trade_date, market;

create table base.price_versions as
    select * exclude (year) from lake_stocks order by date_trunc('month', trade_date), symbol, trade_date, known_from;
create table base.index_versions as select * exclude (year) from lake_indices order by trade_date, symbol, known_from;
create table base.action_versions as
    select * exclude (year) from lake_actions order by ex_date, symbol, kind, known_from;

-- Whether a version was what we held to be true at a moment.
create macro base.was_known(known_from, known_to, ts) as
    known_from <= cast(ts as timestamptz) and (known_to is null or known_to > cast(ts as timestamptz));

-- What actions do to a price, a day: the ratio of shares, and the cash in the currency of the prices. A dividend in another
-- currency marks its day and is used for nothing else.
create macro base.ex_days_as_known_on(ts) as table
select
    a.symbol,
    a.ex_date,
    any_value(a.market) as market,
    coalesce(product(a.value) filter (where a.kind in ('split', 'unlisted_adjustment')), 1) as ratio,
    coalesce(sum(a.value) filter (where a.kind = 'dividend' and coalesce(a.currency = m.currency, true)), 0) as dividend,
    bool_or(a.kind = 'dividend') as has_dividend
from base.action_versions as a
join base.markets as m on m.market = a.market
where base.was_known(a.known_from, a.known_to, ts)
group by a.symbol, a.ex_date;
create table base.quarantine as select * exclude (year) from lake_quarantine order by trade_date, symbol;
create table base.decisions as select * exclude (year) from lake_decisions order by decided_at, symbol;
-- Several may be of one moment, and the table has them in no order that lasts: who picks the last one says of which then.
create table base.answers as select * exclude (year) from lake_answers order by asked_at, symbol;
-- What was said, column by column: DuckDB packs texts only where none is longer than 4,096 bytes.
create macro base.in_pieces(text) as string_split(text, ', "');
create macro base.in_one(pieces) as array_to_string(pieces, ', "');
create table base.said as
    select * exclude (year) replace (base.in_pieces(said) as said) from lake_published order by trade_date, kind, subject;
create view base.published as select * replace (base.in_one(said) as said) from base.said;
create table base.opinions as select * exclude (year) from lake_opinions order by trade_date, symbol;
create table base.fills as select * exclude (year) from lake_fills order by asked_at, source, symbol;
create table base.sent as select * exclude (year) from lake_sent order by trade_date, channel, subject, number;
-- A run from before scopes were kept asked for members.
create table base.runs as
    select * exclude (year) replace (coalesce(scope, 'members') as scope) from lake_runs order by started_at;

-- What is derived anew, each to the end of history: everything, where the file is made whole, or what change.py finds. A
-- derived table names one of these in its query, and so says what reaches it.
create view base.every_symbol as select distinct symbol, date '0001-01-01' as from_day from base.price_versions;
create view base.every_index as select index_symbol, date '0001-01-01' as from_day from base.indices;
create temp table dirty_symbols as from base.every_symbol;
create temp table dirty_indices as from base.every_index;
create temp table dirty_markets as select market, date '0001-01-01' as from_day from base.markets;
-- The first of them all, for the reader of a large table to skip what lies before.
set variable first_day = date '0001-01-01';
