-- What a symbol was called from which day on. `name` is the company: a dated fact goes first, then an English name in a
-- membership list, then the vendor's of today, then the house name. A name of today is never put on a day before a known
-- change of the code or the name. `house_name`, `name_zh` and `name_zh_hans` are how sentences call it, of that day too.
create table base.dated_names as
with told as (
    select symbol, name, max(asked_at) as asked_at
    from base.answers
    where outcome = 'ok' and not starts_with(name, symbol)
    group by symbol, name
),
vendor as (
    select symbol, arg_max(name, (asked_at, name)) as name from told group by symbol
),
changes as (
    select symbol, max(greatest(valid_from, valid_to)) as changed_on
    from (
        select symbol, valid_from, valid_to from base.instruments
        union all
        -- A row that changes nothing in English (a spell under risk warning) is no change of the company's name.
        select symbol, valid_from, null
        from fact_names
        qualify name <> lag(name) over (partition by symbol order by valid_from nulls first)
    )
    group by symbol
),
starts as (
    select distinct symbol, date '0001-01-01' as valid_from from base.price_versions
    union
    select symbol, date '0001-01-01' from base.members
    union
    select symbol, date '0001-01-01' from base.instruments
    union
    select symbol, valid_from from base.members
    union
    select symbol, unnest([valid_from, valid_to]) from base.instruments
    union
    select n.symbol, unnest([n.valid_from, n.valid_to]) from fact_names as n semi join base.members as m using (symbol)
),
listed as (
    select
        s.symbol,
        s.valid_from,
        -- Of the spells that have begun, or where none has of those to come, the nearest.
        arg_max(m.name, (m.valid_from <= s.valid_from, -abs(m.valid_from - s.valid_from), m.index_symbol)) as name
    from starts as s
    join base.members as m on m.symbol = s.symbol
    where s.valid_from is not null
    group by s.symbol, s.valid_from
),
joined as (
    select
        s.symbol,
        s.valid_from,
        coalesce(lead(s.valid_from) over (partition by s.symbol order by s.valid_from), date 'infinity') as valid_to,
        i.name as dated_name,
        h.name as house_name,
        case when not regexp_matches(l.name, '\p{Han}') then l.name end as listed_name,
        -- A list has one name for all of a stock's years: one under risk warning is of its last.
        case when regexp_matches(l.name, '\p{Han}') and not regexp_matches(l.name, 'ST|退') then l.name end as listed_zh_hans,
        v.name as vendor_name,
        coalesce(c.changed_on <= s.valid_from, true) as is_of_today,
        h.name_zh,
        h.name_zh_hans,
        case when s.symbol like '%.HK' then i.name_zh end as dated_zh,
        case when s.symbol not like '%.HK' then i.name_zh end as dated_zh_hans,
        l.name as any_name
    from starts as s
    left join base.instruments as i on i.symbol = s.symbol and base.covers(i.valid_from, i.valid_to, s.valid_from)
    left join fact_names as h on h.symbol = s.symbol and base.covers(h.valid_from, h.valid_to, s.valid_from)
    left join listed as l on l.symbol = s.symbol and l.valid_from = s.valid_from
    left join changes as c on c.symbol = s.symbol
    left join vendor as v on v.symbol = s.symbol
    where s.valid_from is not null
),
final as (
    select
        symbol,
        valid_from,
        valid_to,
        coalesce(
            dated_name,
            case when not is_of_today then house_name end,
            listed_name,
            case when is_of_today then vendor_name end,
            house_name,
            any_name
        ) as name,
        house_name,
        coalesce(name_zh, dated_zh) as name_zh,
        coalesce(name_zh_hans, dated_zh_hans, listed_zh_hans) as name_zh_hans
    from joined
)
select * from final order by symbol, valid_from;

-- The same, looked up by the day from which a name is, which tables of many rows keep. It is grouped, though a row a key is
-- all there is, for DuckDB to see that: a query that asks for no name then joins none.
create view base.names as
select
    symbol,
    valid_from,
    any_value(name) as name,
    any_value(name_zh) as name_zh,
    any_value(name_zh_hans) as name_zh_hans
from base.dated_names
group by symbol, valid_from;
