-- What exchanges printed: every line of the last two years, and of older evenings the stocks that have bars. The lake has
-- the rest.
create table base.official_versions as
select o.* exclude (month)
from lake_official as o
where o.trade_date >= (select max(trade_date) from lake_official) - interval 2 years
    or o.symbol in (select symbol from base.price_versions)
order by o.trade_date, o.symbol, o.known_from;

create table base.official_totals as
    select * exclude (year) from lake_official_totals order by trade_date, board, kind, currency;
create table base.official_answers as
    select * exclude (year) from lake_official_answers order by trade_date, source, asked_at;

-- The official row of a stock's bar, one a symbol and day: an exchange's own goes before a vendor's. A row in doubt is
-- kept and used for nothing.
create macro base.official_bars_as_known_on(ts) as table
select *
from base.official_versions
where doubt is null
    and known_from <= cast(ts as timestamptz)
    and (known_to is null or known_to > cast(ts as timestamptz))
    and symbol in (select symbol from base.price_versions)
qualify row_number() over (partition by symbol, trade_date order by authority, source) = 1;

-- Mainland days of which we and an official source give two accounts: held until a person decides.
create table base.doubted_references as
select distinct symbol, trade_date
from base.quarantine
where rule = 'official_reference_differs' and status = 'held';

create table base.official_bars as from base.official_bars_as_known_on('infinity') order by trade_date, symbol;
