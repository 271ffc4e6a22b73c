-- Values that a later version changed. A value differs when it moved by more than half the finest tick (0.001), a volume by
-- more than the vendor's rounding, both in the shares of the day: a field that only wobbled beside another that changed is
-- no restatement.
create view restatements as
with superseded as (
    select distinct symbol, trade_date from price_versions where known_to is not null
),
bar_values as (
    select
        p.* exclude (open, high, low, close, volume),
        unnest(['open', 'high', 'low', 'close', 'volume']) as field,
        unnest([p.open, p.high, p.low, p.close, p.volume]) as value,
        case when field = 'volume' then 0.5 + 1 / p.split_factor else 0.0005 * p.split_factor end as tolerance
    from price_versions as p
    join superseded as s on s.symbol = p.symbol and s.trade_date = p.trade_date
),
every_value as (
    select market, symbol, trade_date, field, value, tolerance, known_from, run_id, source from bar_values
    union all
    select market, symbol, ex_date, kind, value, 0, known_from, run_id, source from base.action_versions
),
final as (
    select
        market,
        symbol,
        trade_date,
        field,
        lag(value) over version as old_value,
        value as new_value,
        known_from,
        run_id,
        source
    from every_value
    window version as (partition by symbol, trade_date, field order by known_from)
    qualify abs(new_value - old_value) > tolerance
)
select * from final order by known_from, symbol, trade_date, field;

comment on view restatements is 'One row a value that a later version changed: what it was, what it became, since when and by whom.';
comment on column restatements.market is 'HK or CN.';
comment on column restatements.symbol is 'Vendor symbol of the stock or index.';
comment on column restatements.trade_date is 'Local date of the session; of an action its ex-date.';
comment on column restatements.field is 'open, high, low, close or volume of a bar; split, dividend or unlisted_adjustment of an action.';
comment on column restatements.old_value is 'Value of the version before.';
comment on column restatements.new_value is 'Value since known_from.';
comment on column restatements.known_from is 'Moment of the commit that changed it.';
comment on column restatements.run_id is 'Run that stored the change, or decision that released it.';
comment on column restatements.source is 'Who said so.';
