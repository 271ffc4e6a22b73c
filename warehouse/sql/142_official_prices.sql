-- What exchanges printed of every line of a market, with the return from the line's own official close before.
-- What tells a kind: the page itself where it marks one, then HKEX's list of the day (the first one for the days before it),
-- marks in names, and what its code is allotted for.
create table base.security_codes as select * from fact_security_codes;
create table base.security_names as select * from fact_security_names;
create table base.securities as select * from fact_securities order by symbol, as_of;

-- Evenings with lines that nobody could read, by the session after: any line may have been among them.
create view base.unread_evenings as
select distinct a.market, a.source, g.trade_date as next_session
from (
    from base.official_answers
    where outcome = 'ok'
    qualify row_number() over (partition by market, trade_date, source, board order by asked_at desc) = 1
) as a
join base.session_grid as e on e.market = a.market and e.trade_date = a.trade_date
join base.session_grid as g on g.market = e.market and g.seq = e.seq + 1
where a.unread is not null;

create table base.official_prices as
with listed_kinds as (
    select
        symbol,
        kind,
        case when as_of = min(as_of) over (partition by symbol) then date '0001-01-01' else as_of end as valid_from,
        coalesce(lead(as_of) over (partition by symbol order by as_of), date 'infinity') as valid_to
    from base.securities
),
code_kinds as (
    select d.symbol, arg_min(c.kind, c.last_code - c.first_code) as kind
    from dirty_lines as d
    join base.security_codes as c
        on d.symbol like '%.HK' and try_cast(split_part(d.symbol, '.', 1) as bigint) between c.first_code and c.last_code
    group by d.symbol
),
boarded as (
    select s.symbol, b.board
    from (select distinct symbol from base.official_versions where market = 'CN') as s
    join base.boards as b on s.symbol glob b.pattern
),
evenings as (
    select v.source, g.market, g.seq, v.trade_date, v.trade_date >= w.from_day as is_whole
    from (select distinct market, source, trade_date from base.official_versions) as v
    join base.session_grid as g on g.market = v.market and g.trade_date = v.trade_date
    cross join base.whole_evenings as w
),
firsts as (
    select market, source, min(seq) as first_seq, min(seq) filter (is_whole) as first_whole_seq
    from evenings
    group by market, source
),
before as (
    select
        v.symbol,
        v.source,
        count(*) as evenings,
        min(v.trade_date) as begun_on,
        max(v.trade_date) filter (v.close is not null and v.doubt is null) as priced_on,
        max(e.seq) filter (v.state = 'traded') as traded_seq
    from base.official_versions as v
    join dirty_lines as d on d.symbol = v.symbol and v.trade_date < d.from_day
    join evenings as e on e.source = v.source and e.market = v.market and e.trade_date = v.trade_date
    where v.known_to is null
    group by v.symbol, v.source
),
lines as (
    -- What is derived anew, and before it the rows since the last one with a close.
    select
        v.*,
        d.from_day,
        e.seq,
        coalesce(b.evenings, 0) + count(*) filter (v.trade_date >= d.from_day) over line as evening,
        coalesce(b.begun_on, min(v.trade_date) over line) as begun_on,
        case when s.symbol is not null then f.first_seq else f.first_whole_seq end as first_seq,
        lag(e.seq) over line as seq_before,
        lag(v.state) over line as state_before,
        lag(v.name) over line as name_before,
        coalesce(
            last_value(case when v.state = 'traded' then e.seq end ignore nulls) over earlier, b.traded_seq
        ) as traded_seq,
        last_value(
            case when v.doubt is null and v.close is not null then {'close': v.close, 'trade_date': v.trade_date} end
            ignore nulls
        ) over earlier as priced
    from base.official_versions as v
    join dirty_lines as d on d.symbol = v.symbol
    join evenings as e on e.source = v.source and e.market = v.market and e.trade_date = v.trade_date
    join firsts as f on f.source = v.source and f.market = v.market
    left join before as b on b.symbol = v.symbol and b.source = v.source
    left join base.every_symbol as s on s.symbol = v.symbol
    where v.known_to is null and v.trade_date >= coalesce(b.priced_on, date '0001-01-01')
    window
        line as (partition by v.symbol, v.source order by v.trade_date),
        earlier as (
            partition by v.symbol, v.source order by v.trade_date rows between unbounded preceding and 1 preceding
        )
),
ex as (
    -- Since the close that is measured from: a suspension may lie between, with a split in it.
    select l.symbol, l.source, l.trade_date, product(x.ratio) as ratio
    from lines as l
    join base.ex_days_as_known_on('infinity') as x
        on x.symbol = l.symbol and x.ex_date > l.priced.trade_date and x.ex_date <= l.trade_date
    group by l.symbol, l.source, l.trade_date
),
first_bars as (
    select v.symbol, min(v.trade_date) as first_day
    from base.price_versions as v
    semi join dirty_lines as d on d.symbol = v.symbol
    where v.known_to is null
    group by v.symbol
),
based as (
    select
        l.*,
        b.board as limit_board,
        coalesce(h.first_day < l.begun_on, false) as is_older,
        -- The line is new where the evening before has others and not this one, nor any that could not be read, and where
        -- nobody dealt in it before.
        l.evening = 1 and l.seq > l.first_seq and p.seq is not null and not is_older and u.market is null as is_listing,
        l.evening > 5 or l.seq - l.evening + 1 = l.first_seq or is_older as is_seasoned,
        u.market is not null as may_be_older,
        l.state = 'traded' and coalesce(l.state_before in ('suspended', 'halted'), false) as resumed,
        -- Where the limit is another one, or none: the first session of a delisting period, a relisting (it was not among the
        -- lines of the evening before), and a return after half a year, which a suspended listing takes at least.
        coalesce(suffix(l.name, '退') and not suffix(l.name_before, '退'), false)
            or (l.evening > 1 and l.seq_before < l.seq - 1 and p.seq is not null)
            or coalesce(l.seq - l.traded_seq > 120, false) as is_without_limit,
        case
            when l.previous_basis is not null then l.previous_basis
            when l.previous_close is null then 'not given'
            when abs(l.previous_close - l.priced.close) < 0.0005 then 'as closed'
            when x.symbol is not null then 'adjusted'
        end as basis,
        -- Where nothing is given, an exchange may have had a reason that nobody told us.
        case
            when l.previous_basis = 'adjusted' then l.previous_close
            when l.seq_before = l.seq - 1 and (basis is distinct from 'not given' or x.symbol is not null) then
                l.priced.close / coalesce(x.ratio, 1)
        end as reference
    from lines as l
    left join ex as x on x.symbol = l.symbol and x.source = l.source and x.trade_date = l.trade_date
    left join evenings as p on p.source = l.source and p.market = l.market and p.seq = l.seq - 1
    left join boarded as b on b.symbol = l.symbol
    left join first_bars as h on h.symbol = l.symbol
    left join base.unread_evenings as u
        on u.market = l.market and u.source = l.source and u.next_session = l.begun_on
    where l.trade_date >= l.from_day
),
limited as (
    select
        b.*,
        base.limit_fen(b.reference, p.percent) as limit_up,
        base.limit_fen(b.reference, -p.percent) as limit_down
    from based as b
    left join base.price_limits as p
        on p.board = b.limit_board and p.is_st = b.is_st and base.covers(p.valid_from, p.valid_to, b.trade_date)
        and b.is_seasoned and not b.is_listing and not b.is_without_limit
),
name_kinds as (
    select n.name, min(k.kind) as kind
    from (select distinct name from lines where market = 'HK') as n
    join base.security_names as k on regexp_matches(n.name, k.pattern)
    group by n.name
),
final as (
    select
        l.market,
        l.symbol,
        coalesce(l.name, n.name) as name,
        coalesce(nullif(l.kind, 'share'), k.kind, l.kind, m.kind, c.kind) as kind,
        case
            when l.kind <> 'share' then 'source'
            when k.kind is not null then 'list'
            when l.kind is not null then 'source'
            when m.kind is not null then 'name'
            when c.kind is not null then 'code'
        end as kind_from,
        l.trade_date,
        l.close,
        l.previous_close,
        l.basis as previous_basis,
        case when l.state in ('traded', 'no trade') and l.doubt is null and l.basis is not null
                and (l.evening > 1 or l.seq = l.first_seq)
            then round(l.close / nullif(l.reference, 0) - 1, 12)
        end as move,
        case when l.state = 'traded' then move end as return_1d,
        case when l.state = 'traded' and l.doubt is null and l.is_listing and l.basis = 'adjusted' then
            round(l.close / nullif(l.reference, 0) - 1, 12)
        end as return_on_listing,
        l.open,
        l.high,
        l.low,
        l.bid,
        l.ask,
        l.volume,
        l.turnover,
        l.currency,
        l.state,
        l.since_today,
        l.is_st,
        case when l.state = 'traded' and l.doubt is null then
            base.limit_state(l.close, l.high, l.low, l.limit_up, l.limit_down)
        end as limit_state,
        l.limit_up / 100 as limit_up,
        l.limit_down / 100 as limit_down,
        l.resumed,
        case when l.is_listing then 1 when not l.is_seasoned and not l.may_be_older then nullif(l.evening, 1) end as listing_session,
        l.doubt,
        l.parent,
        l.board,
        l.authority,
        l.source,
        l.asked_at
    from limited as l
    left join listed_kinds as k
        on k.symbol = l.symbol and base.covers(k.valid_from, k.valid_to, l.trade_date)
    left join name_kinds as m on m.name = l.name
    left join code_kinds as c on c.symbol = l.symbol
    left join base.dated_names as n
        on n.symbol = l.symbol and base.covers(n.valid_from, n.valid_to, l.trade_date)
)
select * from final order by trade_date, symbol;

-- What a nominal close did without a trade is no return: it only keeps a line's closes strung together (143).
create view official_prices as select * exclude (move) from base.official_prices;

comment on view official_prices is 'One row a line of a market and day, as an official source prints it: for your own use, not for redistribution (docs/sources.md). This month and as many years before it as AFTERCLOSE_MARKET_YEARS says whole, older evenings of the stocks that have bars.';
comment on column official_prices.market is 'HK or CN.';
comment on column official_prices.symbol is 'Ours, for example 0700.HK, 80700.HK, 600519.SS.';
comment on column official_prices.name is 'Short name as printed; where none is, ours of that day.';
comment on column official_prices.kind is 'share, REIT, stapled unit, depositary receipt (these are the equities that market_breadth counts); second counter, temporary counter, nil-paid rights, preference share, trading-only stock, equity warrant, ETF, bond; null where nothing says. Structured products and bonds that the page marks are no rows: base.official_totals counts them.';
comment on column official_prices.kind_from is 'What told the kind: source (it marks it), list (HKEX''s list of securities, see docs/reference.md), name (a mark in the name), code (what the code is allotted for).';
comment on column official_prices.trade_date is 'Local date of the session.';
comment on column official_prices.close is 'Closing price, in `currency`; without a trade the one that is printed again; null where none is.';
comment on column official_prices.previous_close is 'As printed.';
comment on column official_prices.previous_basis is 'What the printed previous close is: adjusted (the reference price; in Hong Kong by a known event), as closed (the line''s last stored close), not given; null where it is another number and no event is known, or nothing is stored to compare with.';
comment on column official_prices.return_1d is 'On the mainland close / previous_close - 1, in Hong Kong against the line''s last official close, adjusted for accepted splits and not for cash; null on a first day, for a line that did not trade, in doubt, or whose printed previous close no event explains, and where none is printed without one.';
comment on column official_prices.return_on_listing is 'On the mainland, on a line''s first day: against the issue price.';
comment on column official_prices.open is 'First price; null where the source has none (HKEX).';
comment on column official_prices.high is 'Highest price.';
comment on column official_prices.low is 'Lowest price.';
comment on column official_prices.bid is 'Bid at the close.';
comment on column official_prices.ask is 'Ask at the close.';
comment on column official_prices.volume is 'Shares, block trades and odd lots included; null where nothing is printed.';
comment on column official_prices.turnover is 'Money, in `currency`.';
comment on column official_prices.currency is 'Currency of the line.';
comment on column official_prices.state is 'traded; no trade (open all day, nobody dealt); suspended or halted.';
comment on column official_prices.since_today is 'True where a suspension or halt is marked as new.';
comment on column official_prices.is_st is 'Under risk warning; null where there is no such thing.';
comment on column official_prices.limit_state is 'closed_up, closed_down, touched_up or touched_down, on the mainland; null otherwise, where no limit is known, and in a line''s first five sessions.';
comment on column official_prices.limit_up is 'Upper price limit of the day, on the mainland; null where none is known.';
comment on column official_prices.limit_down is 'Lower price limit of the day, on the mainland; null where none is known.';
comment on column official_prices.resumed is 'True on the first traded day after a suspension or halt.';
comment on column official_prices.listing_session is '1 to 5 in the first sessions of a line that was not there before; null afterwards, and where we have bars of before, or nobody was asked for the evening before its first or could not read all of it.';
comment on column official_prices.doubt is 'How the printed values contradict each other: such a row is kept and used for nothing.';
comment on column official_prices.parent is 'Of a second counter, the line that it is another counter of.';
comment on column official_prices.board is 'Main Board, or A shares.';
comment on column official_prices.authority is 'exchange: it prints for itself; vendor: it repeats what the exchanges print.';
comment on column official_prices.source is 'The official source.';
comment on column official_prices.asked_at is 'When it said so.';
