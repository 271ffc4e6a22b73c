-- Which lines of a market closed above or below all their closes of 52 weeks. A line's closes are strung together by its
-- moves, so that what went ex is no low; those of nominal closes, at which nobody dealt, are among them, for the next return is
-- measured from there. A year with a hole in it says nothing.
create table base.line_years as
with held as (
    select
        p.symbol,
        p.source,
        p.market,
        p.trade_date,
        d.from_day,
        p.move,
        p.state = 'traded' as has_traded,
        p.move is null and (has_traded or (p.state = 'no trade' and p.close is not null)) as is_hole
    from base.official_prices as p
    join dirty_lines as d on d.symbol = p.symbol and p.trade_date >= d.from_day - 364
    where p.kind in ('share', 'REIT', 'stapled unit', 'depositary receipt')
),
strung as (
    select *, sum(ln(1 + coalesce(move, 0))) over (partition by symbol, source order by trade_date) as level
    from held
    where coalesce(move, 0) > -1
),
compared as (
    select
        *,
        count(*) over a_year as sessions,
        -- The first one of the year only begins it.
        count(*) filter (is_hole) over a_year as holes,
        max(level) over before as highest,
        min(level) over before as lowest
    from strung
    window
        a_year as (
            partition by symbol, source
            order by trade_date range between interval 364 days preceding and current row
        ),
        before as (
            partition by symbol, source
            order by trade_date range between interval 364 days preceding and interval 1 day preceding
        )
),
final as (
    select
        c.symbol,
        c.source,
        c.trade_date,
        c.level > c.highest + 1e-9 as new_high_52w,
        c.level < c.lowest - 1e-9 as new_low_52w
    from compared as c
    join base.session_grid as g on g.market = c.market and g.trade_date = c.trade_date
    where c.trade_date >= c.from_day and c.has_traded and c.holes = 0 and c.sessions = g.sessions_52w
)
select * from final order by trade_date, symbol;
