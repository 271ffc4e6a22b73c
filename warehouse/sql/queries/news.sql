-- What the file says of a market's days that are looked at, unless it was last said just so, or is of a day that something was
-- said of and of which nothing became another by the lake or the facts: `says` beside what was `said` (null: nothing), both as
-- JSON, `said_at`, when anything of these days was said last, and of which version the views are that say it. Parameters:
-- market, year.
with current as (
    select market, trade_date, 'session_status' as kind, market as subject, to_json(s) as says
    from session_status as s
    union all
    select market, trade_date, 'market_wrap', index_symbol, to_json(w)
    from market_wrap as w
    union all
    select i.market, b.trade_date, 'breadth', b.index_symbol, to_json(b)
    from breadth as b
    join indices as i on i.index_symbol = b.index_symbol
    union all
    -- The first five of each side; of days that have a verdict.
    select
        i.market,
        t.trade_date,
        'top_movers',
        concat_ws(' ', t.index_symbol, t.side, if(t.resumed, 'resumed', null), t.rank),
        to_json(t)
    from top_movers as t
    join indices as i on i.index_symbol = t.index_symbol
    join session_status as s on s.market = i.market and s.trade_date = t.trade_date
    where t.rank <= 5
),
last_said as (
    select trade_date, kind, subject, said, published_at
    from base.published
    where market = $market and trade_date >= getvariable('first_day')
        and trade_date between make_date($year, 1, 1) and make_date($year, 12, 31)
    qualify row_number() over (partition by trade_date, kind, subject order by published_at desc) = 1
),
unasked as (
    -- Of a session that no run of its market has asked for yet there is nothing to say, unless it was judged before. One that
    -- may be none has been asked for, and expects nobody.
    select s.trade_date
    from session_status as s
    anti join last_said as l on l.trade_date = s.trade_date
    where s.market = $market and s.state = 'pending' and s.expected > 0
)
select
    c.trade_date,
    c.kind,
    c.subject,
    c.says,
    l.said,
    (select max(published_at) from last_said) as said_at,
    (select warehouse_version from about) as warehouse_version
from current as c
left join last_said as l on l.trade_date = c.trade_date and l.kind = c.kind and l.subject = c.subject
left join dirty_markets as d on d.market = c.market and c.trade_date >= d.from_day
anti join unasked as u on u.trade_date = c.trade_date
where c.market = $market and c.trade_date >= getvariable('first_day')
    and c.trade_date between make_date($year, 1, 1) and make_date($year, 12, 31)
    and json(l.said) is distinct from c.says
    and (d.market is not null or c.trade_date not in (select trade_date from last_said))
order by c.trade_date, c.kind, c.subject
