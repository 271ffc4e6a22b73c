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
    select
        r.symbol,
        r.trade_date,
        r.close,
        r.return_1d,
        r.source,
        timezone(s.time_zone, r.trade_date + s.closes) as closes_at
    from base.stock_returns as r
    join base.sessions as s on s.market = r.market and s.trade_date = r.trade_date
),
days as (
    -- Each line by itself, put together by the day: so a day that is asked for reaches both.
    select p.a_symbol, a.trade_date, a.close as a_close, a.return_1d as a_return_1d, a.closes_at as a_closes_at,
        a.source as a_source
    from base.ah_pairs as p
    join lines as a on a.symbol = p.a_symbol
    union all by name
    select p.a_symbol, h.trade_date, h.close as h_close, h.return_1d as h_return_1d, h.closes_at as h_closes_at,
        h.source as h_source
    from base.ah_pairs as p
    join lines as h on h.symbol = p.h_symbol
),
paired as (
    select
        trade_date,
        a_symbol,
        any_value(a_close) as a_close,
        any_value(h_close) as h_close,
        any_value(a_return_1d) as a_return_1d,
        any_value(h_return_1d) as h_return_1d,
        any_value(a_closes_at) as a_closes_at,
        any_value(h_closes_at) as h_closes_at,
        coalesce(any_value(a_source), any_value(h_source)) as source
    from days
    group by trade_date, a_symbol
),
final as (
    select
        d.trade_date,
        p.company,
        p.a_symbol,
        p.h_symbol,
        d.a_close,
        d.h_close,
        d.a_return_1d,
        d.h_return_1d,
        d.a_closes_at,
        d.h_closes_at,
        d.a_close * x.rate / d.h_close - 1 as price_gap,
        x.rate as exchange_rate,
        x.fixed_at as rate_fixed_at,
        x.source as rate_source,
        d.source,
        p.source as pair_source,
        p.confidence as pair_confidence
    from paired as d
    join base.ah_pairs as p on p.a_symbol = d.a_symbol
    join base.pair_starts as f on f.a_symbol = d.a_symbol and d.trade_date >= f.first_day
    left join rates as x on x.trade_date = d.trade_date
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
