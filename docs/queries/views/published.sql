select published_at, kind, subject, said ->> 'headline' as headline
from published
where kind = 'market_wrap'
order by published_at desc, subject
limit 5
