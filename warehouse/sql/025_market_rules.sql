-- The daily price limit of each stock, from which day to which, where board, ST status and listing are known; see
-- reference/price_limits.csv and its neighbours. Hong Kong has none, and so has nothing here.
create table base.boards as select * from fact_boards;
create table base.price_limits as select * from fact_price_limits;
create table base.new_listings as select * from fact_new_listings;
create table base.member_facts as select * from fact_member_facts;
-- From the first evening of which an official source says so its flag holds, before that the cited facts.
create table base.st_spells as
with flags as (
    select symbol, trade_date, is_st, authority, source
    from base.official_versions
    where known_to is null and doubt is null and is_st is not null
        and symbol in (select symbol from base.every_symbol)
),
lives as (
    select symbol, min(trade_date) as first_day, bool_or(is_st) as was_st, bool_and(is_st) as is_always_st
    from flags
    group by symbol
),
flagged as (
    -- Few stocks ever change it: only their days are put in order.
    select symbol, trade_date, is_st, is_st is distinct from lag(is_st) over by_day as is_first
    from (
        select f.*
        from flags as f
        join lives as l on l.symbol = f.symbol and l.was_st <> l.is_always_st
        qualify row_number() over (partition by f.symbol, f.trade_date order by f.authority, f.source) = 1
    )
    window by_day as (partition by symbol order by trade_date)
    union all
    select symbol, first_day, was_st, true from lives where was_st = is_always_st
),
told as (
    select
        symbol,
        trade_date as valid_from,
        lead(trade_date) over (partition by symbol order by trade_date) as valid_to,
        is_st
    from flagged
    where is_first
),
final as (
    select symbol, is_st, valid_from, valid_to from told
    union all
    select s.symbol, s.is_st, s.valid_from, least(s.valid_to, t.told_from)
    from fact_st_spells as s
    left join (select symbol, min(valid_from) as told_from from told group by symbol) as t on t.symbol = s.symbol
    where t.told_from is null or s.valid_from is null or s.valid_from < t.told_from
)
select * from final;
create table base.instruments as select * from fact_instruments;

create macro base.covers(first_day, end_day, of_day) as
    of_day >= coalesce(first_day, date '0001-01-01') and of_day < coalesce(end_day, date 'infinity');

create macro base.in_fen(price) as cast(round(price * 100) as bigint);
-- Half up to the fen, in integers, and never under a tick away: `percent` is negative for the lowest price of the day.
create macro base.limit_fen(reference, percent) as
    case
        when percent > 0 then greatest((base.in_fen(reference) * (100 + percent) + 50) // 100, base.in_fen(reference) + 1)
        when percent < 0 then least((base.in_fen(reference) * (100 + percent) + 50) // 100, base.in_fen(reference) - 1)
    end;
-- Which limit, in fen, a day closed at or touched; null for none.
create macro base.limit_state(close, high, low, limit_up, limit_down) as
    case
        when base.in_fen(close) = limit_up then 'closed_up'
        when base.in_fen(close) = limit_down then 'closed_down'
        when base.in_fen(high) = limit_up then 'touched_up'
        when base.in_fen(low) = limit_down then 'touched_down'
    end;

create table base.limit_spells as
with boarded as (
    select s.symbol, b.market, b.board
    from (
        select symbol from base.members union select symbol from base.instruments
        union select distinct symbol from base.price_versions
    ) as s
    join base.boards as b on s.symbol glob b.pattern
    where b.board in (select board from base.price_limits where percent is not null)
),
seasoned as (
    -- From when on a stock whose listing day is known is past the first sessions, to which other rules apply.
    select b.symbol, i.valid_from, i.valid_to, past.trade_date as past_new_listing_from
    from boarded as b
    join base.instruments as i on i.symbol = b.symbol
    left join base.new_listings as n on n.board = b.board and base.covers(n.listed_from, n.listed_to, i.listed_on)
    asof join base.session_grid as first on first.market = b.market and first.trade_date >= i.listed_on
    join base.session_grid as past on past.market = b.market and past.seq = first.seq + coalesce(n.sessions_apart, 0)
),
starts as (
    select symbol, date '0001-01-01' as valid_from from boarded
    union
    select symbol, unnest([valid_from, valid_to]) from base.members
    union
    select m.symbol, f.valid_from from base.members as m join base.member_facts as f on f.index_symbol = m.index_symbol
    union
    select symbol, unnest([valid_from, valid_to]) from base.st_spells
    union
    select symbol, unnest([valid_from, valid_to, past_new_listing_from]) from seasoned
    union
    select b.symbol, unnest([p.valid_from, p.valid_to])
    from boarded as b
    join base.price_limits as p on p.board = b.board
),
spells as (
    select
        b.*,
        s.valid_from,
        coalesce(lead(s.valid_from) over (partition by s.symbol order by s.valid_from), date 'infinity') as valid_to
    from starts as s
    join boarded as b on b.symbol = s.symbol
    where s.valid_from is not null
),
argued as (
    -- A listed name with ST in it is a later one: the stock was ST at some time, so that membership proves nothing.
    select
        s.symbol,
        s.valid_from,
        bool_or(f.says = 'not_st' and m.name not like '%ST%') as is_not_st,
        bool_or(f.says = 'past_new_listing') as is_past_new_listing
    from spells as s
    join base.members as m on m.symbol = s.symbol and base.covers(m.valid_from, m.valid_to, s.valid_from)
    join base.member_facts as f on f.index_symbol = m.index_symbol and f.valid_from <= s.valid_from
    group by s.symbol, s.valid_from
),
stated as (
    select
        s.*,
        coalesce(t.is_st, case when a.is_not_st then false end) as is_st,
        coalesce(l.past_new_listing_from <= s.valid_from, a.is_past_new_listing) as is_past_new_listing
    from spells as s
    left join base.st_spells as t on t.symbol = s.symbol and base.covers(t.valid_from, t.valid_to, s.valid_from)
    left join seasoned as l on l.symbol = s.symbol and base.covers(l.valid_from, l.valid_to, s.valid_from)
    left join argued as a on a.symbol = s.symbol and a.valid_from = s.valid_from
),
final as (
    select s.symbol, s.valid_from, s.valid_to, p.percent
    from stated as s
    join base.price_limits as p
        on p.board = s.board and p.is_st = s.is_st and base.covers(p.valid_from, p.valid_to, s.valid_from)
    where s.is_past_new_listing
)
select * from final order by symbol, valid_from;
