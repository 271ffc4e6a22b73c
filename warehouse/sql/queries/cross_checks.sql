-- What the second vendor's closes came to, a row a market: how many agree, and how many do not.
select
    market,
    second_source,
    count(*) filter (where finding = 'agrees') as agree,
    count(*) filter (where finding = 'differs') as differ,
    count(*) filter (where finding = 'only first') as only_first,
    count(*) filter (where finding = 'only second') as only_second,
    max(trade_date) as last_compared
from cross_checks
group by market, second_source
order by market, second_source;
