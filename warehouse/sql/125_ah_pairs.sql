-- The two lines of a company that is listed in both markets, day by day.
create table base.ah_pairs as select * from fact_ah_pairs;

-- Of a day with more than one fixing the first file is taken.
create table base.exchange_rates as select * from fact_exchange_rates order by trade_date, from_currency, fixing;

-- Before its second listing a company has one line: the first day on which both have a bar.
create table base.pair_starts as
with bars as (
    select v.symbol, v.trade_date
    from base.price_versions as v
    join base.session_grid as g on g.market = v.market and g.trade_date = v.trade_date
    where v.known_to is null and v.symbol in (select unnest([a_symbol, h_symbol]) from base.ah_pairs)
)
select p.a_symbol, min(a.trade_date) as first_day
from base.ah_pairs as p
join bars as a on a.symbol = p.a_symbol
join bars as h on h.symbol = p.h_symbol and h.trade_date = a.trade_date
group by p.a_symbol;

create view ah_pairs as
with rates as (
    -- Hong Kong dollars for one yuan, whichever way round it was fixed.
    select
        trade_date,
        arg_min(case when from_currency = 'CNY' then rate else 1 / rate end, (fixing, from_currency)) as rate,
        arg_min(fixed_at, (fixing, from_currency)) as fixed_at,
        arg_min(source, (fixing, from_currency)) as source
    from base.exchange_rates
    where (from_currency, to_currency) in (('CNY', 'HKD'), ('HKD', 'CNY'))
    group by trade_date
),
lines as (
    -- Both lines of a pair, a row each: so they are looked for in one go, and a day that is asked for reaches both.
    select *, unnest([a_symbol, h_symbol]) as symbol from base.ah_pairs
),
paired as (
    select
        r.trade_date,
        l.company,
        l.a_symbol,
        l.h_symbol,
        any_value(r.close) filter (where l.symbol = l.a_symbol) as a_close,
        any_value(r.close) filter (where l.symbol = l.h_symbol) as h_close,
        any_value(r.return_1d) filter (where l.symbol = l.a_symbol) as a_return_1d,
        any_value(r.return_1d) filter (where l.symbol = l.h_symbol) as h_return_1d,
        any_value(timezone(s.time_zone, r.trade_date + s.closes)) filter (where l.symbol = l.a_symbol) as a_closes_at,
        any_value(timezone(s.time_zone, r.trade_date + s.closes)) filter (where l.symbol = l.h_symbol) as h_closes_at,
        coalesce(any_value(r.source) filter (where l.symbol = l.a_symbol), any_value(r.source)) as source,
        l.source as pair_source,
        l.confidence as pair_confidence
    from base.stock_returns as r
    join lines as l on l.symbol = r.symbol
    join base.sessions as s on s.market = r.market and s.trade_date = r.trade_date
    group by r.trade_date, l.company, l.a_symbol, l.h_symbol, l.source, l.confidence
),
final as (
    select
        p.trade_date,
        p.company,
        p.a_symbol,
        p.h_symbol,
        p.a_close,
        p.h_close,
        p.a_return_1d,
        p.h_return_1d,
        p.a_closes_at,
        p.h_closes_at,
        round(p.a_close * x.rate / p.h_close - 1, 12) as price_gap,
        x.rate as exchange_rate,
        x.fixed_at as rate_fixed_at,
        x.source as rate_source,
        p.source,
        p.pair_source,
        p.pair_confidence
    from paired as p
    join base.pair_starts as f on f.a_symbol = p.a_symbol and p.trade_date >= f.first_day
    left join rates as x on x.trade_date = p.trade_date
)
select * from final order by trade_date, a_symbol;

comment on view ah_pairs is 'One row a company with lines in both markets and a date on which either has a bar, from the first on which both do: two prices of one company, each at its own close. Pairs of which both lines have been members.';
comment on column ah_pairs.trade_date is 'Local date, the same in both markets.';
comment on column ah_pairs.company is 'Name of the company.';
comment on column ah_pairs.a_symbol is 'Vendor symbol of the mainland line (A).';
comment on column ah_pairs.h_symbol is 'Vendor symbol of the Hong Kong line (H, or of a company incorporated outside the mainland).';
comment on column ah_pairs.a_close is 'Close of the A line, as traded, CNY; null on a day without a bar.';
comment on column ah_pairs.h_close is 'Close of the Hong Kong line, as traded, HKD; null on a day without a bar.';
comment on column ah_pairs.a_return_1d is 'One-day return of the A line as its market quotes it, a fraction; see prices.';
comment on column ah_pairs.h_return_1d is 'One-day return of the Hong Kong line as its market quotes it, a fraction; see prices.';
comment on column ah_pairs.a_closes_at is 'When the mainland session closed: the Hong Kong line may have traded on.';
comment on column ah_pairs.h_closes_at is 'When Hong Kong''s continuous trading closed; its closing auction ends up to ten minutes later.';
comment on column ah_pairs.price_gap is 'Price of the A line over that of the Hong Kong line - 1, in one currency by that day''s exchange_rate; null without one of the day, or without both closes.';
comment on column ah_pairs.exchange_rate is 'Hong Kong dollars for one yuan, as fixed that day, from exchange_rates/ in the home; null where none is.';
comment on column ah_pairs.rate_fixed_at is 'Local hour of that fixing: neither market had closed, and the gap is as old.';
comment on column ah_pairs.rate_source is 'Who fixed it.';
comment on column ah_pairs.source is 'Who said the prices; simulated means invented prices of the demonstration market.';
comment on column ah_pairs.pair_source is 'Who says that the two are one company.';
comment on column ah_pairs.pair_confidence is 'high, medium or low.';
