-- The sentences of the judged days from $first to $last (null for no bound), with their figures: followed indices first,
-- the older before the younger.
-- Parameters: first, last, market (null for both), index (its symbol, null for all).
select w.market, w.trade_date, w.index_symbol, w.index_code, w.name, w.name_zh, w.name_zh_hans, w.role, w.state,
    w.headline, w.headline_zh, w.headline_zh_hans, w.close, w.previous_close, w.change_points, w.return_1d, w.return_5d,
    w.return_wtd, w.return_mtd, w.return_qtd, w.return_ytd, w.return_1y, w.leaders, w.leaders_zh, w.leaders_zh_hans,
    w.leaders_return, w.laggards, w.laggards_zh, w.laggards_zh_hans, w.laggards_return, w.advancers, w.decliners,
    w.member_count, w.with_return, w.without_return, w.reason, w.reason_zh, w.reason_zh_hans, w.source
from market_wrap as w
join indices as i on i.index_symbol = w.index_symbol
where ($first is null or w.trade_date >= cast($first as date))
    and ($last is null or w.trade_date <= cast($last as date))
    and ($market is null or w.market = $market)
    and ($index is null or w.index_symbol = $index)
order by w.trade_date, w.role, w.market desc, i.launched_on, w.index_symbol desc
