-- Closes of two sources side by side: of indices by a second vendor, of stocks by what an official source prints.
create view cross_checks as
with opinions as (
    select
        o.market,
        o.symbol,
        o.symbol as index_symbol,
        i.index_code,
        o.trade_date,
        o.first_source,
        o.first_close,
        o.source as second_source,
        o.second_close,
        o.finding,
        o.asked_at,
        o.run_id
    from base.opinions as o
    join base.indices as i on i.index_symbol = o.symbol
),
prints as (
    select
        market,
        symbol,
        null as index_symbol,
        null as index_code,
        trade_date,
        bar_source as first_source,
        close as first_close,
        source as second_source,
        official_close as second_close,
        case
            when finding = 'equal' then 'agrees'
            when finding in ('basis', 'coarse') then 'explained: ' || finding
            else finding
        end as finding,
        asked_at,
        run_id
    from base.comparisons
    semi join base.session_grid using (market, trade_date)
),
final as (
    select
        market,
        index_symbol,
        index_code,
        trade_date,
        first_source,
        first_close,
        second_source,
        second_close,
        second_close / first_close - 1 as difference,
        finding,
        asked_at,
        run_id,
        symbol
    from (from opinions union all by name from prints)
)
select * from final order by trade_date, symbol;

comment on view cross_checks is 'One row an index or stock, day and second source: its close beside the one that we have. It changes no price.';
comment on column cross_checks.market is 'HK or CN.';
comment on column cross_checks.symbol is 'Vendor symbol, for example ^HSI or 0700.HK.';
comment on column cross_checks.index_symbol is 'The symbol again where it is an index, null for a stock.';
comment on column cross_checks.index_code is 'Short code: HSI, HSTECH, CSI300 and so on; null for a stock.';
comment on column cross_checks.trade_date is 'Local date of the session.';
comment on column cross_checks.first_source is 'Who gave the close that we have; null where the first vendor has no bar.';
comment on column cross_checks.first_close is 'Its close, points or `currency` of the stock, of an index also that of a bar that is held; null where it has none.';
comment on column cross_checks.second_source is 'The second vendor, or the official source.';
comment on column cross_checks.second_close is 'Its close; null where it has none though it has earlier and later ones.';
comment on column cross_checks.difference is 'second_close / first_close - 1, a fraction; null where one is missing.';
comment on column cross_checks.finding is 'Of an index: agrees (to 0.01%), differs, only first, only second (that bar is then filled from it, if it passes the rules). Of a stock: agrees (under half a tick), explained: basis (one factor holds on five sessions), explained: coarse (the vendor''s rounding times the split factor), settled (that source gave the bar or let it pass), differs.';
comment on column cross_checks.asked_at is 'When the second source said so.';
comment on column cross_checks.run_id is 'Run that compared or stored them.';
