-- The counts of an index's members add up to their number.
select index_symbol, trade_date from base.breadth
where trade_date >= getvariable('first_day')
    and member_count <> advancers + decliners + unchanged + suspended + held + missing + no_reference
