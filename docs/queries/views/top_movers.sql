select trade_date, side, rank, symbol, name, return_1d, excess_return, turnover_estimate
from top_movers
where index_symbol = 'HSTECH.HK'
    and trade_date = (select max(trade_date) from top_movers where index_symbol = 'HSTECH.HK')
    and not resumed
    and rank <= 5
order by side, rank
