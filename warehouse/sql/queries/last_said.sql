-- What was last said of each thing of a market, of the days that are looked at. Parameters: market, year.
select trade_date, kind, subject, said, published_at
from base.published
where market = $market and trade_date >= getvariable('first_day')
    and trade_date between make_date($year, 1, 1) and make_date($year, 12, 31)
qualify row_number() over (partition by trade_date, kind, subject order by published_at desc) = 1
