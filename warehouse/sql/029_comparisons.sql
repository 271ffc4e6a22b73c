-- Our closes beside the official ones, and what came of each comparison: see docs/decisions/0027.
-- Prices of a market's days by the tick that they have; one at the edge of two bands is in the lower one.
create table base.tick_bands as
with starts as (
    select market, unnest([coalesce(valid_from, date '0001-01-01'), valid_to]) as valid_from from fact_ticks
),
spells as (
    select distinct
        market,
        valid_from,
        coalesce(lead(valid_from) over (partition by market order by valid_from), date 'infinity') as valid_to
    from (select distinct market, valid_from from starts where valid_from is not null)
)
select s.market, s.valid_from, s.valid_to, t.from_price, coalesce(t.to_price, 'infinity') as to_price, t.tick
from spells as s
join fact_ticks as t on t.market = s.market and base.covers(t.valid_from, t.valid_to, s.valid_from);

-- Out of what was known at `ts`, of the symbols and from the days that the table `keys` names, none of them before `first_day`.
create macro base.comparisons_of(ts, keys, first_day) as table
with bars as (
    -- Sixty days more than what is derived anew, for a factor to show.
    select
        d.from_day,
        p.market,
        p.symbol,
        p.trade_date,
        p.source as bar_source,
        p.close,
        p.split_factor,
        o.source,
        o.close as official_close,
        o.asked_at,
        o.run_id
    from base.price_versions as p
    join query_table(keys) as d on d.symbol = p.symbol and p.trade_date >= d.from_day - 60
    join base.official_bars_of(ts) as o on o.symbol = p.symbol and o.trade_date = p.trade_date
    where base.was_known(p.known_from, p.known_to, ts) and o.close is not null
        and p.trade_date >= first_day - 60
        and o.trade_date >= first_day - 60
),
ticked as (
    -- The smaller tick of the two prices, and that of the vendor's own price, in the shares of the day.
    select
        b.*,
        coalesce(least(ours.tick, theirs.tick), 0) / 2 as half_tick,
        abs(b.close - b.official_close) < half_tick - 1e-9 as is_equal,
        coalesce(vendors.tick, 0) / 2 * b.split_factor as rounding
    from bars as b
    left join base.tick_bands as ours
        on ours.market = b.market and base.covers(ours.valid_from, ours.valid_to, b.trade_date)
        and ours.from_price < b.close and ours.to_price >= b.close
    left join base.tick_bands as theirs
        on theirs.market = b.market and base.covers(theirs.valid_from, theirs.valid_to, b.trade_date)
        and theirs.from_price < b.official_close and theirs.to_price >= b.official_close
    left join base.tick_bands as vendors
        on vendors.market = b.market and base.covers(vendors.valid_from, vendors.valid_to, b.trade_date)
        and vendors.from_price < b.close / b.split_factor and vendors.to_price >= b.close / b.split_factor
),
fitted as (
    -- Whether one factor takes the official closes of five neighbouring sessions to ours, this one the last of them. A
    -- single close that is a tick off would be met by a factor near 1: three of the five must differ.
    select
        *,
        count(*) over five = 5
            and min(trade_date) over five >= trade_date - 60
            and count(*) filter (where not is_equal) over five >= 3
            and max((close - half_tick) / official_close) over five <= min((close + half_tick) / official_close) over five
            as ends_a_fit
    from ticked
    window five as (partition by symbol, source order by trade_date rows between 4 preceding and current row)
),
settled as (
    -- Of the bar that a source let pass, and of no other that came in its place.
    select distinct f.symbol, f.trade_date, f.source
    from fitted as f
    join base.quarantine as q
        on q.symbol = f.symbol and q.trade_date = f.trade_date and q.decided_by = f.source
        and abs(q.close - f.close) <= f.half_tick + 1e-9
    where q.status = 'cured' and coalesce(q.decided_at, q.held_at) <= cast(ts as timestamptz)
),
final as (
    select
        f.* exclude (ends_a_fit, rounding, is_equal),
        case
            when f.bar_source = f.source or s.symbol is not null then 'settled'
            when f.is_equal then 'equal'
            when f.split_factor <> 1 and abs(f.close - f.official_close) <= f.rounding + 1e-9 then 'coarse'
            when bool_or(f.ends_a_fit) over (
                partition by f.symbol, f.source order by f.trade_date rows between current row and 4 following
            ) then 'basis'
            else 'differs'
        end as finding
    from fitted as f
    left join settled as s on s.symbol = f.symbol and s.trade_date = f.trade_date and s.source = f.source
)
select * exclude (from_day) from final where trade_date >= from_day order by trade_date, symbol;

create table base.comparisons as from base.comparisons_of('infinity', 'dirty_symbols', getvariable('first_day'));
