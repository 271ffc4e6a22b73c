-- Every index that has a close on a day, the followed ones first, with its headline and, of a followed one, its own verdict.
-- Parameter: day.
select
    i.role = 'followed' as is_followed,
    r.*,
    i.name_zh,
    i.name_zh_hans,
    round(r.close / nullif(r.high_52w, 0) - 1, 12) as from_high_52w,
    w.headline,
    w.headline_zh,
    w.headline_zh_hans
from index_returns as r
join indices as i on i.index_symbol = r.index_symbol
left join market_wrap as w on w.index_symbol = r.index_symbol and w.trade_date = r.trade_date
where r.trade_date = cast($day as date)
order by is_followed desc, r.market desc, r.launched_on, r.index_symbol desc
