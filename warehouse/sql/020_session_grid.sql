-- The trading sessions of each market in order. `seq` counts them, so that two rows with neighbouring numbers have no
-- session between them. A provisional session takes part once an index has a bar on it.
create table base.session_grid as
with traded as (
    select distinct market, trade_date from base.index_versions where known_to is null
),
final as (
    select s.market, s.trade_date, row_number() over (partition by s.market order by s.trade_date) as seq
    from base.sessions as s
    left join traded as t on t.market = s.market and t.trade_date = s.trade_date
    where s.kind <> 'closed' and (s.kind <> 'provisional' or t.trade_date is not null)
)
select * from final order by trade_date, market;
