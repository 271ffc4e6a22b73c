-- What was last said of each thing of a market. Parameters: market.
select trade_date, kind, subject, said, published_at
from base.published
where market = $market
qualify row_number() over (partition by trade_date, kind, subject order by published_at desc) = 1
