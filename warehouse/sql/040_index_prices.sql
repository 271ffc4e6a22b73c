-- Index bars with the close of the session before, out of the versions that were known at `ts`.
create macro base.index_prices_as_known_on(ts) as table
with bars as (
    select p.* exclude (known_to, run_id), g.seq
    from base.index_versions as p
    join base.session_grid as g on g.market = p.market and g.trade_date = p.trade_date
    where p.known_from <= cast(ts as timestamptz)
        and (p.known_to is null or p.known_to > cast(ts as timestamptz))
),
final as (
    select
        b.market,
        b.symbol as index_symbol,
        i.index_code,
        b.trade_date,
        b.open,
        b.high,
        b.low,
        b.close,
        case when lag(b.seq) over before = b.seq - 1 then lag(b.close) over before end as previous_close,
        b.volume as vendor_volume,
        b.currency,
        b.basis,
        b.source,
        b.known_from,
        b.seq
    from bars as b
    join base.indices as i on i.index_symbol = b.symbol
    window before as (partition by b.symbol order by b.trade_date)
)
select * from final order by trade_date, index_symbol;

create table base.index_prices as from base.index_prices_as_known_on('infinity');

create view index_prices as select * exclude (seq) from base.index_prices;

comment on view index_prices is 'One row an index and day: the current bar.';
comment on column index_prices.market is 'HK or CN.';
comment on column index_prices.index_symbol is 'Vendor symbol, for example ^HSI.';
comment on column index_prices.index_code is 'Short code: HSI, HSTECH, CSI300 and so on.';
comment on column index_prices.trade_date is 'Local date of the session.';
comment on column index_prices.open is 'First level of the day, points.';
comment on column index_prices.high is 'Highest level of the day, points.';
comment on column index_prices.low is 'Lowest level of the day, points.';
comment on column index_prices.close is 'Closing level, points.';
comment on column index_prices.previous_close is 'Level at the close of the session before; null when that bar is not stored.';
comment on column index_prices.vendor_volume is 'Volume as the vendor gives it: units differ by index, never use it in sums.';
comment on column index_prices.currency is 'Currency that the vendor states for the index.';
comment on column index_prices.basis is 'evening: captured on its own evening; history: read later.';
comment on column index_prices.source is 'Who said so; simulated means invented prices of the demonstration market.';
comment on column index_prices.known_from is 'Since when this version is what we hold to be true.';
