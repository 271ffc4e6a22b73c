-- Members of a session that answered, but not with a bar of that day. The verdict counts each; this says it of the answer.
with lacking as (
    select o.market, o.trade_date, o.symbol
    from owed as o
    where not exists (select 1 from bars as b where b.symbol = o.symbol and b.trade_date = o.trade_date)
),
asked as (
    select market, trade_date, count(*) as expected from owed group by market, trade_date
),
final as (
    select
        l.market as symbol,
        l.trade_date,
        format(
            'expected {} members, no bar of {}: {}',
            any_value(a.expected),
            count(*),
            array_to_string(list(l.symbol order by l.symbol)[1:10], ', ') || case when count(*) > 10 then ' ...' else '' end
        ) as detail
    from lacking as l
    join asked as a on a.market = l.market and a.trade_date = l.trade_date
    group by l.market, l.trade_date
)
select * from final order by trade_date
