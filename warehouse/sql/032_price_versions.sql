-- Every version of every stored bar, of stocks and of indices.
create view price_versions as
with final as (
    select false as is_index, * from base.price_versions
    union all
    select true, * from base.index_versions
)
select
    market,
    symbol,
    is_index,
    trade_date,
    open,
    high,
    low,
    close,
    volume,
    currency,
    known_from,
    known_to,
    run_id,
    source,
    asked_at,
    basis,
    split_factor,
    trading_state,
    close_kind,
    halted_at_close,
    fill_factor
from final;

comment on view price_versions is 'One row a version of a stock''s or an index''s bar: nothing that was once stored is overwritten.';
comment on column price_versions.market is 'HK or CN.';
comment on column price_versions.symbol is 'Vendor symbol.';
comment on column price_versions.is_index is 'True for the bar of an index.';
comment on column price_versions.trade_date is 'Local date of the session.';
comment on column price_versions.open is 'Open, as traded; points for an index.';
comment on column price_versions.high is 'High, as traded; points for an index.';
comment on column price_versions.low is 'Low, as traded; points for an index.';
comment on column price_versions.close is 'Close, as traded; points for an index.';
comment on column price_versions.volume is 'Shares traded; of an index as the vendor gives it.';
comment on column price_versions.currency is 'Currency that the vendor stated.';
comment on column price_versions.known_from is 'Moment of the commit that made it what we held to be true.';
comment on column price_versions.known_to is 'Moment from which it was so no longer: replaced, or withdrawn by a person; null for the current version.';
comment on column price_versions.run_id is 'Run that stored it (runs), or decision that released it (decisions).';
comment on column price_versions.source is 'Who said so; simulated means invented prices of the demonstration market.';
comment on column price_versions.asked_at is 'When the vendor said so.';
comment on column price_versions.basis is 'evening: captured on its own evening; history: read later.';
comment on column price_versions.split_factor is 'The later splits that were undone: vendor price x split_factor = price as traded.';
comment on column price_versions.close_kind is 'nominal: the exchange''s own close without a trade; null otherwise.';
comment on column price_versions.halted_at_close is 'True where trading was halted within the session and did not come back; null otherwise.';
comment on column price_versions.fill_factor is 'Of a fill: its printed prices times this are on the basis of the first vendor''s; null otherwise.';
comment on column price_versions.trading_state is 'traded, or suspended (zero volume at an unchanged close).';
