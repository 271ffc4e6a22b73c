-- How our closes compare with the official ones, newest first. Parameters: first, last (null for no bound), limit.
select *
from agreement
where ($first is null or trade_date >= cast($first as date))
    and ($last is null or trade_date <= cast($last as date))
order by trade_date desc, market, source
limit $limit
