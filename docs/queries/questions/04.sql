-- What were the five best and five worst days of each index?
select index_code, trade_date, return_1d
from index_returns
where return_1d is not null
qualify row_number() over (partition by index_code order by return_1d desc) <= 5
    or row_number() over (partition by index_code order by return_1d) <= 5
order by index_code, return_1d desc
