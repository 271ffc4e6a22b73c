-- What did we say about the Hang Seng Index on an evening, and what would we say now?
select p.published_at, p.said ->> 'headline' as said_then, w.headline as said_now
from published as p
join market_wrap as w on w.trade_date = p.trade_date and w.index_symbol = p.subject
where p.kind = 'market_wrap' and p.subject = '^HSI' and p.trade_date = '2026-05-20'
order by p.published_at
