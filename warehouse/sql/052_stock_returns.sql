-- Where every stock stood at the session that each horizon is measured from, in the shares of the day and, on the mainland,
-- less the cash dividends since, to the fen where anything went ex: what prices.reference_price is for one day. A base is so many
-- sessions back, and a session without a bar has a row too, so that a hole is not stepped over. Who pays more than a share
-- was worth leaves nothing to measure from. Prices of fills are brought to the basis of the others first. The references
-- are kept, not the returns: prices pack well.
create macro base.reference(market, worth, shares, paid, went_ex) as
    case
        when worth <= paid then null
        when market = 'CN' and went_ex then round((worth - paid) / shares + 1e-9, 2)
        else round((worth - paid) / shares, 8)
    end;

create table base.stock_returns as
with lines as (
    -- What a bar has of text, and the day of its name, numbered: numbers are sorted.
    select *, row_number() over () as line, dense_rank() over (order by symbol) as stock
    from (
        select distinct p.market, p.symbol, p.source, p.named_from, d.from_day
        from base.prices as p
        join dirty_symbols as d on d.symbol = p.symbol
        where p.trade_date >= getvariable('first_day') - 400
    )
),
ex_days as (
    select market, symbol, ex_date, ratio, case when market = 'CN' then dividend else 0 end as cash
    from base.ex_days_as_known_on('infinity')
),
shares as (
    -- What one share of the first day has become, and below, what it has paid in cash.
    select *, product(ratio) over (partition by symbol order by ex_date) as shares from ex_days
),
steps as (
    select
        s.symbol,
        s.ex_date,
        lead(s.ex_date, 1, date 'infinity') over by_day as next_ex_date,
        s.shares,
        sum(s.cash * s.shares) over by_day as paid,
        g.seq as ex_seq
    from shares as s
    asof left join base.session_grid as g on g.market = s.market and g.trade_date >= s.ex_date
    window by_day as (partition by s.symbol order by s.ex_date)
),
bars as (
    -- The longest horizon is a year, and begins with the last session before it.
    select
        l.line,
        l.stock,
        p.trade_date,
        g.* exclude (market, trade_date),
        p.close,
        p.return_1d,
        p.trading_state = 'traded' as is_traded,
        coalesce(s.shares, 1) as shares,
        coalesce(s.paid, 0) as paid,
        coalesce(s.ex_date, date '0001-01-01') as ex_date,
        coalesce(s.ex_seq, 0) as ex_seq,
        -- A suspended stock stands at its last trade, with what went ex since taken off.
        coalesce(p.fill_factor, 1) as factor,
        case
            when p.trading_state = 'traded' then p.close
            when base.is_nominal(p.official_state, p.official_previous_close, p.official_close, p.close) then p.close
            else coalesce(p.reference_price, p.close)
        end * factor as price,
        -- The price with everything given back that went ex: of two days comparable, once the later day's is taken off both.
        -- Two digits finer than a base, for the way back divides by the shares: a stored close comes out of it as it went in.
        round(price * coalesce(s.shares, 1) + coalesce(s.paid, 0), 10) as worth
    from base.prices as p
    join lines as l on l.symbol = p.symbol and l.source = p.source and l.named_from is not distinct from p.named_from
    join base.session_grid as g on g.market = p.market and g.seq = p.session_number
    left join steps as s on s.symbol = p.symbol and s.ex_date <= p.trade_date and s.next_ex_date > p.trade_date
    where p.trade_date >= getvariable('first_day') - 400
),
spans as (
    select b.stock, any_value(l.market) as market, min(b.seq) as first_seq, max(b.seq) as last_seq, count(*) as bars
    from bars as b
    join lines as l on l.line = b.line
    group by b.stock
),
holes as (
    select s.stock, g.seq
    from spans as s
    join base.session_grid as g on g.market = s.market and g.seq between s.first_seq and s.last_seq
    anti join bars as b on b.stock = s.stock and b.seq = g.seq
    where s.bars <= s.last_seq - s.first_seq
),
days as (
    from bars union all by name from holes
),
looked_back as (
    select
        *,
        -- A stock with a hole in the 52 weeks is not judged.
        count(line) over year_before = sessions_52w - 1 as has_year,
        max(worth) over year_before as highest,
        min(worth) over year_before as lowest,
        arg_max(trade_date, worth) over year_before as highest_on,
        arg_min(trade_date, worth) over year_before as lowest_on,
        lag(worth, seq - seq_5d) over by_session as worth_5d,
        lag(worth, seq - seq_wtd) over by_session as worth_wtd,
        lag(worth, seq - seq_mtd) over by_session as worth_mtd,
        lag(worth, seq - seq_qtd) over by_session as worth_qtd,
        lag(worth, seq - seq_ytd) over by_session as worth_ytd,
        lag(worth, seq - coalesce(seq_1y, 0)) over by_session as worth_1y
    from days
    window
        by_session as (partition by stock order by seq),
        year_before as (
            partition by stock order by seq rows between coalesce(sessions_52w - 1, 1) preceding and 1 preceding
        )
),
firsts as (
    select p.symbol, min(p.session_number) as first_seq
    from base.prices as p
    semi join dirty_symbols as d on d.symbol = p.symbol
    group by p.symbol
),
based as (
    select b.*, l.market, l.symbol, l.source, l.named_from, f.first_seq
    from looked_back as b
    join lines as l on l.line = b.line
    join firsts as f on f.symbol = l.symbol
    where b.trade_date >= l.from_day
),
final as (
    select
        market,
        symbol,
        trade_date,
        close,
        price,
        worth,
        shares,
        paid,
        return_1d,
        base.reference(market, worth_5d, shares, paid, ex_seq > seq_5d) as reference_5d,
        base.reference(market, worth_wtd, shares, paid, ex_seq > seq_wtd) as reference_wtd,
        base.reference(market, worth_mtd, shares, paid, ex_seq > seq_mtd) as reference_mtd,
        base.reference(market, worth_qtd, shares, paid, ex_seq > seq_qtd) as reference_qtd,
        base.reference(market, worth_ytd, shares, paid, ex_seq > seq_ytd) as reference_ytd,
        base.reference(market, worth_1y, shares, paid, ex_seq > seq_1y) as reference_1y,
        case when has_year and is_traded then worth > highest end as new_high_52w,
        case when has_year and is_traded then worth < lowest end as new_low_52w,
        source,
        seq as session_number,
        cast(case
            when has_year then 'whole'
            when first_seq > seq - sessions_52w + 1 then 'short'
            else 'incomplete'
        end as base.word) as status_52w,
        case when has_year then
            base.reference(market, greatest(worth, highest), shares, paid, worth <= highest and ex_date > highest_on) / factor
        end as high_52w,
        case when has_year then case when worth > highest then trade_date else highest_on end end as high_52w_on,
        case when has_year then
            base.reference(market, least(worth, lowest), shares, paid, worth >= lowest and ex_date > lowest_on) / factor
        end as low_52w,
        case when has_year then case when worth < lowest then trade_date else lowest_on end end as low_52w_on,
        named_from
    from based
)
-- A month of a stock lies together: its history is read from few places, and a day is as near.
select * from final order by date_trunc('month', trade_date), symbol, trade_date;

create view stock_returns as
select
    r.market,
    r.symbol,
    n.name,
    r.trade_date,
    close,
    return_1d,
    round(price / nullif(reference_5d, 0) - 1, 12) as return_5d,
    round(price / nullif(reference_wtd, 0) - 1, 12) as return_wtd,
    round(price / nullif(reference_mtd, 0) - 1, 12) as return_mtd,
    round(price / nullif(reference_qtd, 0) - 1, 12) as return_qtd,
    round(price / nullif(reference_ytd, 0) - 1, 12) as return_ytd,
    round(price / nullif(reference_1y, 0) - 1, 12) as return_1y,
    new_high_52w,
    new_low_52w,
    source,
    session_number,
    high_52w,
    high_52w_on,
    low_52w,
    low_52w_on,
    cast(status_52w as varchar) as status_52w
from base.stock_returns as r
left join base.names as n on n.symbol = r.symbol and n.valid_from = r.named_from;

comment on view stock_returns is 'One row a stock and day: its price returns over every horizon, each measured as prices.return_1d is (splits and unlisted adjustments undone, on the mainland also cash dividends). A suspended stock stands at its last trade. For returns with splits alone undone use prices_adjusted.close_split_adjusted.';
comment on column stock_returns.market is 'HK or CN.';
comment on column stock_returns.symbol is 'Vendor symbol.';
comment on column stock_returns.name is 'Name of that day where it is dated, English where one is known; see docs/decisions/0009.';
comment on column stock_returns.trade_date is 'Local date of the session.';
comment on column stock_returns.close is 'Closing price, as traded, in the stock''s currency.';
comment on column stock_returns.return_1d is 'One-day return as the market quotes it, a fraction; see prices. Null when suspended.';
comment on column stock_returns.return_5d is 'Against the close five sessions earlier, a fraction; like every longer horizon null when that session''s bar is not stored.';
comment on column stock_returns.return_wtd is 'Against the last session before this week''s Monday, a fraction.';
comment on column stock_returns.return_mtd is 'Against the last session of the month before, a fraction.';
comment on column stock_returns.return_qtd is 'Against the last session of the quarter before, a fraction.';
comment on column stock_returns.return_ytd is 'Against the last session of the year before, a fraction.';
comment on column stock_returns.return_1y is 'Against the last session on or before the same date a year earlier, a fraction.';
comment on column stock_returns.new_high_52w is 'Whether it closed above every other close of the 52 weeks (364 days) up to this day, adjusted like the returns; null when suspended, or unless every session of them is stored.';
comment on column stock_returns.new_low_52w is 'Whether it closed below every other close of the 52 weeks (364 days) up to this day, adjusted like the returns; null when suspended, or unless every session of them is stored.';
comment on column stock_returns.source is 'Who said so; simulated means invented prices of the demonstration market.';
comment on column stock_returns.session_number is 'Number of the session in its market: neighbours differ by 1, so that 20 sessions later is + 20.';
comment on column stock_returns.high_52w is 'Highest close of the 52 weeks (364 days) up to this day, this one included, adjusted like the returns to the shares of the day; null unless status_52w is whole.';
comment on column stock_returns.high_52w_on is 'The first day of that close.';
comment on column stock_returns.low_52w is 'Lowest close of the 52 weeks (364 days) up to this day, this one included, adjusted like the returns to the shares of the day; null unless status_52w is whole.';
comment on column stock_returns.low_52w_on is 'The first day of that close.';
comment on column stock_returns.status_52w is 'whole: every session of the 52 weeks is stored. incomplete: one is not. short: what is stored begins later. New highs and lows are null, not false, unless it is whole.';
