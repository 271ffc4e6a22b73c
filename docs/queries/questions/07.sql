-- Who joined and who left the CSI 300 at a review?
select symbol, name, case when valid_from = '2022-06-13' then 'joined' else 'left' end as change
from members
where index_symbol = '000300.SS' and '2022-06-13' in (valid_from, valid_to)
order by change, symbol
