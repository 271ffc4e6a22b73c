-- The daily price limit of every stored stock and day on which board, ST status and listing are known; see
-- reference/price_limits.csv and its neighbours. Hong Kong has none, and so has nothing here.
create table base.boards as select * from fact_boards;
create table base.price_limits as select * from fact_price_limits;
create table base.new_listings as select * from fact_new_listings;
create table base.member_facts as select * from fact_member_facts;
create table base.st_spells as select * from fact_st_spells;
create table base.instruments as select * from fact_instruments;

create macro base.covers(first_day, end_day, of_day) as
    of_day >= coalesce(first_day, date '0001-01-01') and of_day < coalesce(end_day, date 'infinity');

-- Half up to the fen, in integers: `percent` is negative for the lowest price of the day.
create macro base.limit_fen(reference, percent) as
    (cast(round(reference * 100) as bigint) * (100 + percent) + 50) // 100;
create macro base.in_fen(price) as cast(round(price * 100) as bigint);

create table base.daily_limits as
with boarded as (
    select distinct p.symbol, p.trade_date, p.market, b.board
    from base.price_versions as p
    join (
        select s.symbol, b.board
        from (select distinct symbol from base.price_versions) as s
        join base.boards as b on s.symbol glob b.pattern
        where b.board in (select board from base.price_limits where percent is not null)
    ) as b on b.symbol = p.symbol
),
said_of_members as (
    select
        index_symbol,
        min(valid_from) filter (where says = 'not_st') as not_st_from,
        min(valid_from) filter (where says = 'past_new_listing') as past_new_listing_from
    from base.member_facts
    group by index_symbol
),
argued as (
    -- A listed name with ST in it is a later one: the stock was ST at some time, so that membership proves nothing.
    select
        b.symbol,
        b.trade_date,
        f.not_st_from <= b.trade_date and m.name not like '%ST%' as is_not_st,
        f.past_new_listing_from <= b.trade_date as is_past_new_listing
    from boarded as b
    join base.members as m on m.symbol = b.symbol and base.covers(m.valid_from, m.valid_to, b.trade_date)
    join said_of_members as f on f.index_symbol = m.index_symbol
),
listed as (
    select
        b.symbol,
        b.trade_date,
        g.seq - first.seq + 1 > coalesce(n.sessions_apart, 0) as is_past_new_listing
    from boarded as b
    join base.instruments as i on i.symbol = b.symbol and base.covers(i.valid_from, i.valid_to, b.trade_date)
    left join base.new_listings as n on n.board = b.board and base.covers(n.listed_from, n.listed_to, i.listed_on)
    join base.session_grid as g on g.market = b.market and g.trade_date = b.trade_date
    asof join base.session_grid as first on first.market = b.market and first.trade_date >= i.listed_on
),
stated as (
    select
        b.*,
        coalesce(s.is_st, case when a.is_not_st then false end) as is_st,
        coalesce(l.is_past_new_listing, a.is_past_new_listing) as is_past_new_listing
    from boarded as b
    left join base.st_spells as s on s.symbol = b.symbol and base.covers(s.valid_from, s.valid_to, b.trade_date)
    left join argued as a on a.symbol = b.symbol and a.trade_date = b.trade_date
    left join listed as l on l.symbol = b.symbol and l.trade_date = b.trade_date
),
final as (
    select s.symbol, s.trade_date, p.percent
    from stated as s
    join base.price_limits as p
        on p.board = s.board and p.is_st = s.is_st and base.covers(p.valid_from, p.valid_to, s.trade_date)
    where s.is_past_new_listing
)
select * from final order by trade_date, symbol;
