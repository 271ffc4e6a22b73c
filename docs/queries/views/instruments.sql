select symbol, valid_from, valid_to, name, name_zh, board, listed_on
from instruments
where symbol in ('0001.HK', '0013.HK')
order by symbol, valid_from
