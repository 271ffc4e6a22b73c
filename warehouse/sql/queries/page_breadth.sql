-- How the members of each followed index did on a day. Parameter: day.
select b.* from breadth as b where b.trade_date = cast($day as date)
