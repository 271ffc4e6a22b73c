-- What this file is: one row.
create view about as
select
    1 as warehouse_version,
    built_at,
    settle_minutes,
    market_years,
    lake,
    "commit"
from base.build;

comment on view about is 'One row: what this file is. The views and macros of the schema main are what others may rely on: while warehouse_version stays, none goes, no column goes or changes its type or meaning, and new ones may come. The schema flat has the same views in types that every ODBC or JDBC client takes (no lists, times of day or instants). The schema base is private: it may change with any release.';
comment on column about.warehouse_version is 'Version of the promise about views: a higher one may lack what a lower one had, and the change log says what.';
comment on column about.built_at is 'When the file was made.';
comment on column about.settle_minutes is 'Minutes after which a close was taken for final.';
comment on column about.market_years is 'Years before the current month of which the file has every line that official sources printed (AFTERCLOSE_MARKET_YEARS); older ones are in the lake.';
comment on column about.lake is 'Identifier of the lake that it was made from; null where that had no manifest.';
comment on column about.commit is 'Number of the last commit of that lake that is in the file; null where that had no manifest.';
