-- Every session of every index from its first bar to its last, out of the versions that were known at `ts`, of the
-- indices and from the days that `keys` names (index_symbol, from_day): `close` is null on a hole, `level` is
-- the close on the basis of the series where another vendor filled it. A bar of one price on a day that moved has a level and no range: its open, high and low are null. Before the first session that the facts know an index's own bars are its sessions, numbered from 0 down.
create macro base.index_days_of(ts, keys) as table
with asked as (
    select * from query_table(keys)
),
bars as (
    select p.* exclude (known_to, run_id)
    from base.index_versions as p
    semi join asked as a on a.index_symbol = p.symbol
    where base.was_known(p.known_from, p.known_to, ts)
),
spans as (
    select market, symbol, min(trade_date) as first_date, max(trade_date) as last_date from bars group by all
),
known as (
    select market, min(trade_date) as first_date from base.session_grid group by market
),
days as (
    select s.market, s.symbol, g.trade_date, g.seq
    from spans as s
    join base.session_grid as g on g.market = s.market and g.trade_date between s.first_date and s.last_date
    union all
    select b.market, b.symbol, b.trade_date,
        1 - row_number() over (partition by b.symbol order by b.trade_date desc) as seq
    from bars as b
    join known as k on k.market = b.market and b.trade_date < k.first_date
),
placed as (
    select
        d.market,
        d.symbol as index_symbol,
        d.trade_date,
        d.seq,
        b.open,
        b.high,
        b.low,
        b.close,
        b.close * coalesce(b.fill_factor, 1) as level,
        b.fill_factor,
        lag(b.close) over (partition by d.symbol order by d.seq) as previous_close,
        b.volume,
        b.currency,
        b.basis,
        b.source,
        b.known_from
    from days as d
    left join bars as b on b.symbol = d.symbol and b.trade_date = d.trade_date
),
final as (
    select
        market,
        index_symbol,
        trade_date,
        seq,
        case when has_range then open end as open,
        case when has_range then high end as high,
        case when has_range then low end as low,
        close,
        previous_close,
        volume,
        currency,
        basis,
        source,
        known_from,
        level,
        fill_factor
    from (
        select p.*, high > low or open <> close or coalesce(close = previous_close, true) as has_range
        from placed as p
        join asked as a on a.index_symbol = p.index_symbol and p.trade_date >= a.from_day
    )
)
select * from final order by trade_date, index_symbol;

create table base.index_days as from base.index_days_of('infinity', 'dirty_indices');

create view index_prices as
select
    d.market,
    d.index_symbol,
    i.index_code,
    d.trade_date,
    d.open,
    d.high,
    d.low,
    d.close,
    d.previous_close,
    d.volume as vendor_volume,
    d.currency,
    d.basis,
    d.source,
    d.known_from,
    d.fill_factor
from base.index_days as d
join base.indices as i on i.index_symbol = d.index_symbol
where d.close is not null;

comment on view index_prices is 'One row an index and day: the current bar.';
comment on column index_prices.market is 'HK or CN.';
comment on column index_prices.index_symbol is 'Vendor symbol, for example ^HSI.';
comment on column index_prices.index_code is 'Short code: HSI, HSTECH, CSI300 and so on.';
comment on column index_prices.trade_date is 'Local date of the session.';
comment on column index_prices.open is 'First level of the day, points; null of a bar of one price on a day that moved.';
comment on column index_prices.high is 'Highest level of the day, points; null of a bar of one price on a day that moved.';
comment on column index_prices.low is 'Lowest level of the day, points; null of a bar of one price on a day that moved.';
comment on column index_prices.close is 'Closing level, points.';
comment on column index_prices.previous_close is 'Level at the close of the session before; null when that bar is not stored.';
comment on column index_prices.vendor_volume is 'Volume as the vendor gives it: units differ by index, never use it in sums.';
comment on column index_prices.currency is 'Currency that the vendor states for the index.';
comment on column index_prices.basis is 'evening: captured on its own evening; history: read later.';
comment on column index_prices.source is 'Who said so; simulated means invented prices of the demonstration market.';
comment on column index_prices.fill_factor is 'Of a bar that another vendor gave for what the first lacks: its levels, which are as printed, times this are on the basis of the bars around it. Null for the first vendor''s own bars.';
comment on column index_prices.known_from is 'Since when this version is what we hold to be true.';
