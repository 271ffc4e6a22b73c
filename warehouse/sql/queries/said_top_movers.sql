-- The first five of each side; of days that have a verdict.
select t.trade_date, concat_ws(' ', t.index_symbol, t.side, if(t.resumed, 'resumed', null), t.rank) as subject, t as said
from top_movers as t
join indices as i on i.index_symbol = t.index_symbol
join session_status as s on s.market = i.market and s.trade_date = t.trade_date
where i.market = $market and t.rank <= 5 and t.trade_date >= getvariable('first_day')
    and t.trade_date between make_date($year, 1, 1) and make_date($year, 12, 31)
