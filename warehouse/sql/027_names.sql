-- What a symbol was called from which day on. A dated fact goes first, then an English name in a membership list, then
-- the English name of today (the vendor's, else reference/english_names.csv), then the list's Chinese one. A name of
-- today is never put on a day before a known change of the code or the name.
create table base.dated_names as
with vendor as (
    select symbol, arg_max(name, asked_at) as name
    from base.answers
    where outcome = 'ok' and not starts_with(name, symbol)
    group by symbol
),
today as (
    select symbol, coalesce(v.name, e.name) as name
    from vendor as v
    full join fact_english_names as e using (symbol)
),
changes as (
    select symbol, max(greatest(valid_from, valid_to)) as changed_on from base.instruments group by symbol
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
),
listed as (
    select
        s.symbol,
        s.valid_from,
        arg_max(m.name, (m.valid_from <= s.valid_from, case when m.valid_from <= s.valid_from then m.valid_from end,
            m.index_symbol)) as name
    from starts as s
    join base.members as m on m.symbol = s.symbol
    where s.valid_from is not null
    group by s.symbol, s.valid_from
),
final as (
    select
        s.symbol,
        s.valid_from,
        coalesce(lead(s.valid_from) over (partition by s.symbol order by s.valid_from), date 'infinity') as valid_to,
        coalesce(
            i.name,
            case when not regexp_matches(l.name, '\p{Han}') then l.name end,
            case when c.changed_on is null or c.changed_on <= s.valid_from then t.name end,
            l.name
        ) as name,
        coalesce(i.name_zh, case when regexp_matches(l.name, '\p{Han}') then l.name end) as name_zh
    from starts as s
    left join base.instruments as i on i.symbol = s.symbol and base.covers(i.valid_from, i.valid_to, s.valid_from)
    left join listed as l on l.symbol = s.symbol and l.valid_from = s.valid_from
    left join changes as c on c.symbol = s.symbol
    left join today as t on t.symbol = s.symbol
    where s.valid_from is not null
)
select * from final order by symbol, valid_from;
