-- The markets whose verdicts and sentences may be other ones, each from the first day that may.
with judged as (
    select market, min(trade_date) as first_day, max(trade_date) as last_day from base.verdicts group by market
),
said as (
    select market, max(trade_date) as last_day from base.session_status group by market
),
begun as (
    select market, min(first_date) as first_day
    from base.runs
    where state = 'stored' and scope = 'members'
    group by market
),
missing as (
    select k.market, k.trade_date, k.symbol, k.no_data_since, k.outcome, k.detail, k.known_limit
    from base.keys as k
    where k.state = 'missing'
),
answered as (
    select
        m.market,
        m.trade_date,
        m.outcome,
        m.detail,
        arg_max(a.outcome, (a.asked_at, a.run_id)) as new_outcome,
        arg_max(coalesce(a.detail, ''), (a.asked_at, a.run_id)) as new_detail
    from missing as m
    join changed_answers as a on a.symbol = m.symbol and m.trade_date between a.first_date and a.last_date
    group by m.market, m.trade_date, m.symbol, m.outcome, m.detail
),
found as (
    select market, from_day as day from dirty_symbols
    union all
    select i.market, d.from_day from dirty_indices as d join base.indices as i on i.index_symbol = d.index_symbol
    union all
    select v.market, d.from_day
    from dirty_lines as d
    join (select distinct market, symbol from base.official_versions) as v on v.symbol = d.symbol
    union all
    select market, trade_date from changed_official_totals
    union all
    select market, trade_date from changed_quarantine
    union all
    -- Said by a run that died before this file was swapped in.
    select market, trade_date from changed_said
    union all
    select market, trade_date from changed_sessions
    union all
    select market, trade_date from changed_provisional_sessions
    union all
    select m.market, f.from_day from changed_facts as f cross join base.markets as m where f.from_day is not null
    union all
    select p.market, p.starts
    from changed_period_ends as p
    join judged as j on j.market = p.market and p.starts <= j.last_day
    union all
    -- Sessions that have become final since, and what lies between the last one and them.
    select s.market, coalesce(j.last_day + 1, b.first_day)
    from base.sessions as s
    join begun as b on b.market = s.market and s.trade_date >= b.first_day
    left join judged as j on j.market = s.market
    left join said as l on l.market = s.market
    left join base.provisional_sessions as p on p.market = s.market and p.trade_date = s.trade_date
    cross join base.build as now
    where s.final_from + to_minutes(now.settle_minutes) <= now.built_at
        and p.confirmed is distinct from false
        and s.trade_date > greatest(j.last_day, coalesce(l.last_day, j.last_day))
    union all
    -- A run that reached further back than any before it.
    select r.market, r.first_date
    from changed_runs as r
    join judged as j on j.market = r.market and r.first_date < j.first_day
    where r.state = 'stored' and r.scope = 'members'
    union all
    -- What was pending until a run answered for it.
    select r.market, v.trade_date
    from changed_runs as r
    join base.verdicts as v
        on v.market = r.market and v.state = 'pending' and v.trade_date between r.first_date and r.last_date
    where r.state = 'stored' and r.scope = 'members'
    union all
    -- What the vendor says of the days that are missing.
    select m.market, m.trade_date
    from missing as m
    left join base.silent as n on n.symbol = m.symbol
    where m.no_data_since is distinct from n.no_data_since
    union all
    select market, trade_date
    from answered
    where case when new_outcome in ('transient', 'unknown shape') then new_outcome end is distinct from outcome
        or case when new_outcome in ('transient', 'unknown shape') then new_detail end is distinct from detail
    union all
    -- An index of which the vendor has five sessions loses one with every one that comes.
    select m.market, m.trade_date
    from missing as m
    join base.indices as i on i.index_symbol = m.symbol and i.history = '5d'
    join base.session_grid as g on g.market = m.market and g.trade_date >= m.trade_date
    join base.sessions as s on s.market = g.market and s.trade_date = g.trade_date
    cross join base.build as now
    where m.known_limit is null and s.final_from + to_minutes(now.settle_minutes) <= now.built_at
    group by m.market, m.trade_date
    having count(*) > 5
)
select market, cast(min(day) as date) as from_day from found group by market
