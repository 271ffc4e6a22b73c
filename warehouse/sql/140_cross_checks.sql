-- Index closes of two vendors side by side.
create view cross_checks as
with final as (
    select
        o.market,
        o.symbol as index_symbol,
        i.index_code,
        o.trade_date,
        o.first_source,
        o.first_close,
        o.source as second_source,
        o.second_close,
        o.second_close / o.first_close - 1 as difference,
        o.finding,
        o.asked_at,
        o.run_id
    from base.opinions as o
    join base.indices as i on i.index_symbol = o.symbol
)
select * from final order by trade_date, index_symbol;

comment on view cross_checks is 'One row an index, day and second vendor: its close beside the first vendor''s. It changes no price.';
comment on column cross_checks.market is 'HK or CN.';
comment on column cross_checks.index_symbol is 'Vendor symbol, for example ^HSI.';
comment on column cross_checks.index_code is 'Short code: HSI, HSTECH, CSI300 and so on.';
comment on column cross_checks.trade_date is 'Local date of the session.';
comment on column cross_checks.first_source is 'The first vendor; null where it has no bar.';
comment on column cross_checks.first_close is 'Its close, points, also of a bar that is held; null where it has none.';
comment on column cross_checks.second_source is 'The second vendor.';
comment on column cross_checks.second_close is 'Its close, points; null where it has none though it has earlier and later ones.';
comment on column cross_checks.difference is 'second_close / first_close - 1, a fraction; null where one is missing.';
comment on column cross_checks.finding is 'agrees (to 0.01%), differs, only first, only second (that bar is then filled from it, if it passes the rules).';
comment on column cross_checks.asked_at is 'When the second vendor said so.';
comment on column cross_checks.run_id is 'Run that compared them.';
