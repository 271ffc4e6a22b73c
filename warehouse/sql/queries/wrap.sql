-- The sentences of a day, or of the last judged day when $day is null. Parameters: day, market (null for both).
select w.market, w.trade_date, w.index_code, w.name, w.state, w.close, w.return_1d, w.headline, w.leaders, w.laggards,
    w.advancers, w.decliners, w.member_count, w.reason, w.source
from market_wrap as w
where w.trade_date = coalesce(cast($day as date), (select max(trade_date) from market_wrap))
    and ($market is null or w.market = $market)
order by w.market desc, w.index_symbol desc
