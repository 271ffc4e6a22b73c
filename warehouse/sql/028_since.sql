-- "Since when" is one question, asked of days, weeks, levels and runs: which was the last earlier one with a larger value?
-- `source` names a table or CTE of symbol, measure, place (whole numbers in order), value and is_asked; the answer is the
-- `larger` place of each row that is asked for and has one. A row looks into its own block of 16 places, then for the last block that holds a larger
-- value among 16 of them, then among those of 256: no row meets every other.
create macro base.last_larger(source) as table
with valued as materialized (
    select symbol, measure, place, value, is_asked, place // 16 as block, place // 256 as stretch
    from query_table(source)
    where value is not null
),
blocks as materialized (
    select symbol, measure, stretch, block, max(value) as value from valued group by all
),
stretches as materialized (
    select symbol, measure, stretch, max(value) as value from blocks group by all
),
near as materialized (
    select v.symbol, v.measure, v.place, max(o.place) as larger
    from valued as v
    join valued as o
        on o.symbol = v.symbol and o.measure = v.measure and o.block = v.block
        and o.place < v.place and o.value > v.value
    where v.is_asked
    group by all
),
beyond as materialized (
    select * exclude (is_asked) from valued anti join near using (symbol, measure, place) where is_asked
),
in_stretch as materialized (
    select b.* exclude (block), max(o.block) as block
    from beyond as b
    join blocks as o
        on o.symbol = b.symbol and o.measure = b.measure and o.stretch = b.stretch
        and o.block < b.block and o.value > b.value
    group by all
),
far as (
    select b.* exclude (block, stretch), max(o.stretch) as stretch
    from beyond as b
    anti join in_stretch as i using (symbol, measure, place)
    join stretches as o
        on o.symbol = b.symbol and o.measure = b.measure and o.stretch < b.stretch and o.value > b.value
    group by all
),
found as (
    select symbol, measure, place, value, block from in_stretch
    union all
    select f.symbol, f.measure, f.place, f.value, max(o.block) as block
    from far as f
    join blocks as o
        on o.symbol = f.symbol and o.measure = f.measure and o.stretch = f.stretch and o.value > f.value
    group by all
),
final as (
    from near
    union all
    select f.symbol, f.measure, f.place, max(o.place) as larger
    from found as f
    join valued as o
        on o.symbol = f.symbol and o.measure = f.measure and o.block = f.block and o.value > f.value
    group by all
)
select * from final;

-- A move as it is printed at the finest, in percent to two decimals, half up: moves that print alike are a tie.
create macro base.in_percent(move) as round(100 * cast(move as decimal(30, 12)), 2);

-- What is known of it: `larger` is the place of the last larger one, `unknown` the last place that has no value.
create macro base.since_status(larger, unknown) as
    case
        when larger > coalesce(unknown, larger - 1) then 'since'
        when larger is null and unknown is null then 'record'
        else 'incomplete'
    end;
