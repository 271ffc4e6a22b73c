-- Closes adjusted backwards from the last known action, by the method of the CRSP and of most vendors. The factors of an
-- ex-date hold for every day before it:
--     split factor: new shares per old; unlisted adjustments count like splits;
--     dividend factor: 1 - dividend / last close before the ex-date, that close in the shares of the ex-date.
-- An ex-date reaches back: the factors of a stock are made anew when anything from its last one on has changed.
create temp view dirty_ex_dates as
select d.symbol, date '0001-01-01' as from_day
from dirty_symbols as d
where d.from_day <= (select max(a.ex_date) from base.action_versions as a where a.symbol = d.symbol);

create table base.adjustments as
with ex_days as (
    select e.* from base.ex_days_as_known_on('infinity') as e semi join dirty_ex_dates as d on d.symbol = e.symbol
),
before as (
    select e.*, p.trade_date as close_date, p.close
    from ex_days as e
    asof join (
        select p.symbol, p.trade_date, p.close * coalesce(p.fill_factor, 1) as close
        from base.prices as p
        semi join dirty_ex_dates as d on d.symbol = p.symbol
    ) as p on p.symbol = e.symbol and e.ex_date > p.trade_date
),
factors as (
    -- Splits between that close and the ex-date put it into the shares of the ex-date.
    select
        b.symbol,
        b.ex_date,
        b.ratio,
        1 - b.dividend / (b.close / product(s.ratio)) as own_factor
    from before as b
    join ex_days as s on s.symbol = b.symbol and s.ex_date > b.close_date and s.ex_date <= b.ex_date
    group by b.symbol, b.ex_date, b.ratio, b.dividend, b.close
),
final as (
    select
        symbol,
        ex_date,
        product(ratio) over later as split_factor,
        own_factor,
        -- One that pays more than a share was worth is told (fact_disagreements) and counts for nothing.
        coalesce(product(case when own_factor > 0 then own_factor end) over later, 1) as dividend_factor
    from factors
    window later as (partition by symbol order by ex_date desc)
)
select * from final order by symbol, ex_date;

create view prices_adjusted as
with last_known as (
    select symbol, max(day) as adjusted_as_of
    from (
        select symbol, trade_date as day from base.prices
        union all
        select symbol, ex_date from base.adjustments
    )
    group by symbol
),
final as (
    select
        p.market,
        p.symbol,
        p.trade_date,
        p.close,
        p.close * coalesce(p.fill_factor, 1) / coalesce(a.split_factor, 1) as close_split_adjusted,
        p.close * coalesce(p.fill_factor, 1) / coalesce(a.split_factor, 1) * coalesce(a.dividend_factor, 1) as close_total_return,
        coalesce(a.split_factor, 1) as split_factor,
        coalesce(a.dividend_factor, 1) as dividend_factor,
        l.adjusted_as_of,
        p.currency,
        p.source
    from base.prices as p
    asof left join base.adjustments as a on a.symbol = p.symbol and p.trade_date < a.ex_date
    join last_known as l on l.symbol = p.symbol
)
select * from final;

comment on view prices_adjusted is 'One row a stock and day: its close as traded, and adjusted for the actions that came after it.';
comment on column prices_adjusted.market is 'HK or CN.';
comment on column prices_adjusted.symbol is 'Vendor symbol.';
comment on column prices_adjusted.trade_date is 'Local date of the session.';
comment on column prices_adjusted.close is 'Closing price, as traded, in `currency`.';
comment on column prices_adjusted.close_split_adjusted is 'close / split_factor, a fill''s close (prices.fill_factor) on the basis of the others: in the shares of adjusted_as_of.';
comment on column prices_adjusted.close_total_return is 'close_split_adjusted x dividend_factor: its ratios are returns with dividends put back in at the close before their ex-date.';
comment on column prices_adjusted.split_factor is 'Product of the later splits and unlisted adjustments, new shares per old one; 1 when none came after.';
comment on column prices_adjusted.dividend_factor is 'Product, over the later ex-dates, of 1 - dividend / last stored close before it (in the shares of the ex-date); 1 when none came after.';
comment on column prices_adjusted.adjusted_as_of is 'The last day of the symbol that is stored, bar or ex-date: later actions are not in.';
comment on column prices_adjusted.currency is 'Currency of the prices.';
comment on column prices_adjusted.source is 'Who said so; simulated means invented prices of the demonstration market.';
