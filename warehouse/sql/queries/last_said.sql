-- What was last said of each thing of a market, of the days that are looked at. Parameters: market.
select trade_date, kind, subject, said, published_at
from base.published
where market = $market and trade_date >= getvariable('first_day')
qualify row_number() over (partition by trade_date, kind, subject order by published_at desc) = 1
