-- Weekdays past a calendar's horizon. `confirmed` is true once an index has a bar on one, false (the day is struck) once
-- an index that was asked for it has a later bar and none on it, null until then: bars/provisional.py.
create table base.provisional_sessions as select * from fact_provisional_sessions order by trade_date, market;

-- The trading sessions of each market in order. `seq` counts them, so that two rows with neighbouring numbers have no
-- session between them; beside it stands the session that each horizon is measured from. A provisional session takes
-- part until it is struck, but not after the last index bar.
create table base.session_grid as
with last_bars as (
    select market, max(trade_date) as last_bar from base.index_versions where known_to is null group by market
),
counted as (
    select s.market, s.trade_date, row_number() over (partition by s.market order by s.trade_date) as seq
    from base.sessions as s
    left join base.provisional_sessions as p on p.market = s.market and p.trade_date = s.trade_date
    left join last_bars as l on l.market = s.market
    where s.kind <> 'closed'
        and (s.kind <> 'provisional' or coalesce(p.confirmed, s.trade_date < l.last_bar, false))
),
final as (
    select
        *,
        seq - 5 as seq_5d,
        min(seq) over (partition by market, date_trunc('week', trade_date)) - 1 as seq_wtd,
        min(seq) over (partition by market, date_trunc('month', trade_date)) - 1 as seq_mtd,
        min(seq) over (partition by market, date_trunc('quarter', trade_date)) - 1 as seq_qtd,
        min(seq) over (partition by market, date_trunc('year', trade_date)) - 1 as seq_ytd,
        max(seq) over (
            partition by market order by trade_date range between unbounded preceding and interval 1 year preceding
        ) as seq_1y,
        -- The 52 weeks are 364 days, this one included; null where they begin before the first known session.
        case when min(trade_date) over (partition by market) <= trade_date - 364 then
            count(*) over (
                partition by market order by trade_date range between interval 364 days preceding and current row
            )
        end as sessions_52w
    from counted
)
select * from final order by trade_date, market;
