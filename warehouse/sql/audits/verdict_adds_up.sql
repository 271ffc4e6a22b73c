-- The counts of a verdict add up to what was expected.
select market, trade_date from base.session_status
where trade_date >= getvariable('first_day')
    and expected <> received + suspended + held + missing + unobtainable
