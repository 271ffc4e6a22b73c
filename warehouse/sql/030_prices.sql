-- Stock bars with the close before them and the price that the market measures the day's return from, out of the versions
-- and actions that were known at `ts`, of the symbols and from the days that the table `keys` names (symbol, from_day), none
-- of them before `first_day`. A fill's prices are as printed, and fill_factor brings them to the basis of the others: whatever
-- spans two bars goes by that. What is current is what is known for good: one query for both.
create macro base.prices_of(ts, keys, first_day) as table
with asked as (
    select *, row_number() over (order by symbol) as stock from query_table(keys)
),
compared as (
    from base.comparisons
    where cast(ts as timestamptz) = 'infinity'
    union all
    from base.comparisons_of(ts, 'base.every_symbol', date '0001-01-01')
    where cast(ts as timestamptz) <> 'infinity'
),
known as (
    -- Few columns and no texts, for they are sorted. A day on which a stock could be dealt in and was not is no suspension;
    -- only the exchange tells the two apart.
    select
        p.rowid as row,
        a.stock,
        p.trade_date,
        a.from_day,
        g.seq,
        p.close,
        coalesce(p.fill_factor, 1) as factor,
        p.trading_state = 'traded' as is_traded,
        is_traded or base.is_nominal(o.state, o.previous_close, o.close, p.close) as has_close,
        p.trading_state = 'suspended' and o.state is distinct from 'no trade' as is_suspended,
        o.close as official_close
    from base.price_versions as p
    join asked as a on a.symbol = p.symbol
    join base.session_grid as g on g.market = p.market and g.trade_date = p.trade_date
    left join base.official_bars_of(ts) as o on o.symbol = p.symbol and o.trade_date = p.trade_date
    where base.was_known(p.known_from, p.known_to, ts)
),
starts as (
    -- The last trade before the first day that is asked for: nothing before it has a say in what follows.
    select stock, max(trade_date) as first_day
    from known
    where trade_date < from_day and is_traded
    group by stock
),
bars_since as (
    select k.*
    from known as k
    left join starts as s on s.stock = k.stock
    where k.trade_date >= coalesce(s.first_day, k.trade_date)
),
spans as (
    select stock, min(seq) as first_seq, max(seq) as last_seq
    from bars_since
    group by stock
    having count(*) <= last_seq - first_seq
),
holes as (
    -- A session without a bar is given a row, so that the row before a bar is that of the session before it.
    select h.stock, h.seq
    from (select stock, unnest(range(first_seq, last_seq)) as seq from spans) as h
    anti join bars_since as b on b.stock = h.stock and b.seq = h.seq
),
numbered as (
    from bars_since union all by name from holes
),
following as (
    select
        row,
        stock,
        trade_date,
        from_day,
        seq,
        lag(row) over before is not null as follows,
        lag(close) over before as bar_before,
        lag(factor) over before as factor_before,
        lag(trade_date) over before as day_before,
        lag(is_suspended) over before as was_suspended,
        lag(official_close) over before as official_close_before,
        last_value(
            case when has_close then
                {'close': close, 'factor': factor, 'trade_date': trade_date, 'seq': seq}
            end ignore nulls
        ) over so_far as closed,
        last_value(case when is_traded then seq end ignore nulls) over so_far as traded_seq,
        last_value(case when row is null then seq end ignore nulls) over so_far as last_hole
    from numbered
    window
        before as (partition by stock order by seq),
        so_far as (partition by stock order by seq rows between unbounded preceding and 1 preceding)
),
based as (
    -- A bar that does not follow the session before it has no previous close: a two-day move is not one day's. Nor has
    -- one whose suspension has a hole: what the stock did in it is not known.
    select
        row,
        stock,
        trade_date,
        seq,
        follows and was_suspended as was_suspended,
        is_whole,
        bar_before,
        factor_before,
        official_close_before,
        case when is_whole then coalesce(closed.close, bar_before) end as previous_close,
        -- On the basis of the series.
        case when is_whole then coalesce(closed.close * closed.factor, bar_before * factor_before) end as previous_worth,
        case when is_whole then coalesce(closed.trade_date, day_before) end as previous_date,
        traded_seq
    from (select *, follows and coalesce(closed.seq > last_hole, true) as is_whole from following)
    where trade_date >= from_day
),
ex_days as (
    select a.stock, e.* from base.ex_days_as_known_on(ts) as e join asked as a on a.symbol = e.symbol
),
ex_of_bar as (
    select
        b.row,
        e.market,
        e.ratio,
        e.dividend,
        e.has_dividend,
        coalesce(product(e.ratio) over (
            partition by b.row order by e.ex_date rows between 1 following and unbounded following
        ), 1) as ratio_after
    from based as b
    join ex_days as e on e.stock = b.stock and e.ex_date > b.previous_date and e.ex_date <= b.trade_date
),
ex as (
    select
        row,
        product(ratio) as ratio,
        sum(dividend / ratio_after) as dividend,
        bool_or(has_dividend) as has_dividend,
        -- Cash dividends lower the mainland exchanges' ex-rights reference; in Hong Kong the quote is not adjusted.
        case when any_value(market) = 'CN' then sum(dividend / ratio_after) else 0 end as cash_off
    from ex_of_bar
    group by row
),
bars as (
    select
        p.* exclude (known_to, run_id, asked_at, trading_state),
        case when p.trading_state = 'suspended' and o.state = 'no trade' then 'no trade' else p.trading_state end
            as trading_state,
        coalesce(p.fill_factor, 1) as factor,
        o.state as official_state,
        o.close as official_close,
        o.previous_close as official_previous_close,
        o.previous_basis as official_basis,
        o.turnover,
        o.source as official_source,
        b.* exclude (stock, trade_date, previous_date)
    from base.price_versions as p
    join based as b on b.row = p.rowid
    left join base.official_bars_of(ts) as o on o.symbol = p.symbol and o.trade_date = p.trade_date
    where p.trade_date >= first_day
),
computed as (
    select
        b.*,
        e.dividend,
        e.has_dividend,
        e.ratio,
        case
            when e.row is null and b.previous_worth = b.previous_close * b.factor then b.previous_close
            when e.row is null then round(b.previous_worth / b.factor, 8)
            -- The mainland reference is a price that can be quoted: half up to the fen.
            when b.market = 'CN' and b.previous_worth / e.ratio > e.cash_off
            then round((b.previous_worth / e.ratio - e.cash_off) / b.factor + 1e-9, 2)
            when b.market = 'CN' then null  -- who pays more than a share was worth leaves nothing to measure from
            else b.previous_worth / e.ratio / b.factor
        end as computed_reference,
        -- On the mainland the exchange's own word goes before ours, where it speaks of the close that we have, and that close
        -- is on the basis of this bar: of one that the vendor told on another, the reference is the vendor's too.
        case
            when b.market = 'CN' and b.is_whole and b.official_basis = 'adjusted' and b.factor = b.factor_before
                and abs(b.bar_before - b.official_close_before) < 0.005
                and (b.official_close is null or abs(b.close - b.official_close) < 0.005)
            then b.official_previous_close
        end as official_reference,
        d.symbol is not null as is_in_doubt
    from bars as b
    left join ex as e on e.row = b.row
    left join base.doubted_references_as_known_on(ts) as d on d.symbol = b.symbol and d.trade_date = b.trade_date
),
referenced as (
    select
        *,
        coalesce(official_reference, case when not is_in_doubt then computed_reference end) as reference_price
    from computed
),
limited as (
    select
        r.*,
        base.limit_fen(r.reference_price, d.percent) as limit_up,
        base.limit_fen(r.reference_price, -d.percent) as limit_down
    from referenced as r
    left join base.limit_spells as d
        on d.symbol = r.symbol and base.covers(d.valid_from, d.valid_to, r.trade_date)
),
final as (
    select
        r.market,
        r.symbol,
        r.trade_date,
        r.open,
        r.high,
        r.low,
        r.close,
        r.volume,
        r.previous_close,
        r.reference_price,
        r.official_reference is not null as is_official_reference,
        r.computed_reference,
        -- Rounded far below any move, so that the last bits of a division are not taken for one.
        case when r.trading_state = 'traded' then round(r.close / nullif(r.reference_price, 0) - 1, 12) end as return_1d,
        cast(case
            when r.has_dividend and r.ratio <> 1 and r.market = 'CN' then 'DR'
            when r.has_dividend then 'XD'
            when r.ratio <> 1 then 'XR'
        end as base.word) as ex,
        nullif(r.dividend, 0) as dividend,
        r.currency,
        r.trading_state,
        r.trading_state = 'traded' and coalesce(r.was_suspended, false) as resumed,
        r.seq - r.traded_seq as sessions_since_trade,
        cast(case when r.trading_state = 'traded' then
            base.limit_state(r.close, r.high, r.low, r.limit_up, r.limit_down)
        end as base.word) as limit_state,
        r.limit_up / 100 as limit_up,
        r.limit_down / 100 as limit_down,
        r.close_kind,
        -- A stock that was dealt in and for which no prices are printed was halted within the session.
        coalesce(r.halted_at_close, false)
            or coalesce(r.trading_state = 'traded' and r.official_state in ('halted', 'suspended'), false) as halted_at_close,
        r.basis,
        r.source,
        r.known_from,
        r.seq as session_number,
        r.turnover,
        r.official_close,
        r.official_previous_close,
        r.official_state,
        r.official_source,
        cast(case
            when c.finding = 'equal' then 'official'
            when c.finding in ('coarse', 'settled') then c.finding
            when c.finding = 'basis' then 'rebased'
            when c.finding is not null then 'differs'
            when r.basis = 'evening' then 'captured'
            when r.split_factor <> 1 then 'coarse'
            when abs(r.close / t.tick - round(r.close / t.tick)) < 1e-6 then 'on tick'
            when t.tick is not null then 'off tick'
        end as base.word) as printed,
        case when c.finding = 'basis' then round(c.close / c.official_close, 6) end as rebased_by,
        r.fill_factor,
        n.valid_from as named_from
    from limited as r
    left join base.dated_names as n
        on n.symbol = r.symbol and base.covers(n.valid_from, n.valid_to, r.trade_date)
    left join compared as c on c.symbol = r.symbol and c.trade_date = r.trade_date
    left join base.tick_bands as t
        on t.market = r.market
        and base.covers(t.valid_from, t.valid_to, r.trade_date)
        and t.from_price < r.close and t.to_price >= r.close
)
-- A month of a stock lies together: its history is read from few places, and a day is as near.
select * from final order by date_trunc('month', trade_date), symbol, trade_date;

create macro base.turnover_estimate(volume, high, low, close) as volume * (high + low + close) / 3;

create table base.prices as from base.prices_of('infinity', 'dirty_symbols', getvariable('first_day'));

-- Names are looked up and words written out when asked for: beside a row of numbers they are long.
create view prices as
select
    p.market,
    p.symbol,
    n.name,
    n.name_zh,
    p.trade_date,
    p.open,
    p.high,
    p.low,
    p.close,
    p.volume,
    p.previous_close,
    p.reference_price,
    case
        when p.is_official_reference then p.official_source
        when p.reference_price is not null then 'computed'
    end as reference_source,
    p.computed_reference,
    p.return_1d,
    cast(p.ex as varchar) as ex,
    p.dividend,
    p.currency,
    p.trading_state,
    p.resumed,
    p.sessions_since_trade,
    cast(p.limit_state as varchar) as limit_state,
    p.limit_up,
    p.limit_down,
    coalesce(p.close_kind, 'traded') as close_kind,
    p.halted_at_close,
    p.basis,
    p.source,
    p.known_from,
    n.name_zh_hans,
    p.session_number,
    base.turnover_estimate(p.volume, p.high, p.low, p.close) as turnover_estimate,
    p.turnover,
    p.official_close,
    p.official_previous_close,
    p.official_state,
    p.official_source,
    cast(p.printed as varchar) as printed,
    p.rebased_by,
    p.fill_factor
from base.prices as p
left join base.names as n on n.symbol = p.symbol and n.valid_from = p.named_from;

create macro prices_as_known_on(ts) as table
(from prices limit 0)
union all by name
select
    p.* exclude (is_official_reference, named_from) replace (coalesce(p.close_kind, 'traded') as close_kind),
    base.turnover_estimate(p.volume, p.high, p.low, p.close) as turnover_estimate,
    case
        when p.is_official_reference then p.official_source
        when p.reference_price is not null then 'computed'
    end as reference_source,
    n.name,
    n.name_zh,
    n.name_zh_hans
from base.prices_of(ts, 'base.every_symbol', date '0001-01-01') as p
left join base.names as n on n.symbol = p.symbol and n.valid_from = p.named_from
order by trade_date, symbol;

comment on view prices is 'One row a stock and day: the current bar as traded, with the close and the reference price that its return is measured from.';
comment on column prices.market is 'HK or CN.';
comment on column prices.symbol is 'Vendor symbol, for example 0700.HK, 600519.SS, 000001.SZ.';
comment on column prices.name is 'Name of that day where it is dated, English where one is known; see docs/decisions/0009.';
comment on column prices.name_zh is 'Short name in Traditional Chinese of that day, where one is known.';
comment on column prices.name_zh_hans is 'Short name in Simplified Chinese of that day, where one is known.';
comment on column prices.session_number is 'Number of the session in its market: neighbours differ by 1, so that 20 sessions later is + 20.';
comment on column prices.turnover_estimate is 'volume x (high + low + close) / 3, in `currency`: an estimate, the vendor gives no amounts.';
comment on column prices.turnover is 'Money dealt, in `currency`, as an official source prints it; null without one: see turnover_estimate.';
comment on column prices.official_close is 'Close as an official source prints it, compared with and never taken for `close`; null without one.';
comment on column prices.official_previous_close is 'Previous close as an official source prints it: on the mainland the reference price; in Hong Kong as printed, adjusted or not, and never divided by.';
comment on column prices.official_state is 'traded, no trade, suspended or halted, as an official source prints it; null without one.';
comment on column prices.official_source is 'The official source of the row: hkex prints for itself, baostock repeats what the exchanges print.';
comment on column prices.printed is 'Whether `close` is as printed on its day. official: equal to the official close; captured: taken on its evening, before anybody could rebase it; on tick: read later, on the tick grid of its day; coarse: as printed but for what the vendor rounded after a split; rebased: by one factor off the official close, see rebased_by; settled: an official source let it pass; differs: not the official close; off tick: rebased by the vendor, by an amount that nobody told.';
comment on column prices.rebased_by is 'Where printed is rebased: close / official_close, the factor that held on five sessions. Returns within the stretch are right, levels are not as printed.';
comment on column prices.trade_date is 'Local date of the session.';
comment on column prices.open is 'First price of the day, as traded, in `currency`.';
comment on column prices.high is 'Highest price of the day, as traded, in `currency`.';
comment on column prices.low is 'Lowest price of the day, as traded, in `currency`.';
comment on column prices.close is 'Closing price, as traded, in `currency`.';
comment on column prices.volume is 'Shares traded, as printed that day; null of a fill whose volume was not proven.';
comment on column prices.previous_close is 'Close of the session before, or the last traded close after a suspension; null when that bar is missing or held.';
comment on column prices.reference_price is 'previous_close adjusted for actions since: splits and bonus issues; on the mainland also cash dividends (the ex-rights reference, to the fen).';
comment on column prices.reference_source is 'Who says the reference price: an official source on the mainland, where its close before is ours; computed: from previous_close and the corporate actions.';
comment on column prices.computed_reference is 'The reference price by previous_close and the corporate actions, whoever says reference_price.';
comment on column prices.return_1d is 'close / reference_price - 1, a fraction: the return that the market itself quotes. Null when suspended or without a reference.';
comment on column prices.ex is 'XD: ex-dividend; XR: ex a split or bonus issue; DR: both, on the mainland; null otherwise.';
comment on column prices.dividend is 'Cash dividends per share that went ex since previous_close, in the currency of the prices; null when none, and where one is told in another currency only.';
comment on column prices.currency is 'Currency of the prices, as the vendor states it.';
comment on column prices.trading_state is 'traded; suspended (zero volume at an unchanged close, or an official source says so); no trade: it could be dealt in and was not, by an official source.';
comment on column prices.resumed is 'True on the first traded day after a suspension.';
comment on column prices.sessions_since_trade is 'Sessions since the stock last traded: 1 unless the session before had no trade; null when no earlier trade is stored.';
comment on column prices.limit_state is 'closed_up, closed_down, touched_up or touched_down (reached in the day, not at the close); null when no limit was reached, or none is known: then limit_up is null too.';
comment on column prices.limit_up is 'Highest price allowed that day, half up to the fen; null in Hong Kong, and where board, ST status, listing or reference price is not known.';
comment on column prices.limit_down is 'Lowest price allowed that day; null as limit_up is.';
comment on column prices.fill_factor is 'Of a bar that another vendor gave for what the first lacks (see source): its prices, which are as printed, times this are on the basis of the bars around it, and returns are measured on that. Null for the first vendor''s own bars.';
comment on column prices.close_kind is 'traded, or nominal: the exchange''s own close without a trade, a little outside the day''s range.';
comment on column prices.halted_at_close is 'True where trading was halted within the session and did not come back: the close is the last trade before.';
comment on column prices.basis is 'evening: captured on its own evening; history: read later.';
comment on column prices.source is 'Who said so; simulated means invented prices of the demonstration market.';
comment on column prices.known_from is 'Since when this version is what we hold to be true.';

comment on macro table prices_as_known_on is '`prices` from the versions, actions and doubts of references that we held to be true at a moment; membership, sessions, names and price limits are those of the day, as we know them now.';
