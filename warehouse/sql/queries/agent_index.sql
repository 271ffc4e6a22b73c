-- The row of an index on a day, with its sentence. Parameters: index, day.
select
    r.trade_date, r.index_symbol, r.index_code, r.name, r.market, r.close, r.previous_close, r.change_points, r.return_1d,
    r.return_5d, r.return_wtd, r.return_mtd, r.return_qtd, r.return_ytd, r.return_1y, r.rank_in_month, r.fall_rank_in_month,
    r.best_since, r.worst_since, r.since_status, r.return_matched_on, r.streak, r.high_52w, r.low_52w, r.status_52w, r.history_from,
    r.history_is_whole, w.headline, p.source, p.known_from
from index_returns as r
join index_prices as p on p.index_symbol = r.index_symbol and p.trade_date = r.trade_date
left join market_wrap as w on w.index_symbol = r.index_symbol and w.trade_date = r.trade_date
where r.index_symbol = $index and r.trade_date = cast($day as date)
