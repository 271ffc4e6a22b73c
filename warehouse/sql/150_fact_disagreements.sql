-- Where our facts contradict each other, or what was seen to trade. It reports: nothing is invented, no day is dropped.
create table base.fact_disagreements as
with change_days as (
    -- Members and their known number change on these days only, so every session is held by looking at them.
    select index_symbol, valid_from as trade_date from base.members
    union
    select index_symbol, valid_to from base.members where valid_to is not null
    union
    select index_symbol, valid_from from base.member_counts
),
counted as (
    select d.index_symbol, d.trade_date, count(distinct m.symbol) as member_count
    from change_days as d
    left join base.members as m
        on m.index_symbol = d.index_symbol
        and base.covers(m.valid_from, m.valid_to, d.trade_date)
    group by d.index_symbol, d.trade_date
),
off_by as (
    select
        i.market,
        c.index_symbol,
        c.trade_date,
        c.member_count,
        k.member_count as known_count,
        c.member_count - k.member_count as difference,
        lag(c.member_count - k.member_count, 1, 0) over (partition by c.index_symbol order by c.trade_date) as before
    from counted as c
    join base.indices as i
        on i.index_symbol = c.index_symbol and i.role = 'followed' and c.trade_date <= i.members_confirmed_to
    asof join base.member_counts as k on k.index_symbol = c.index_symbol and k.valid_from <= c.trade_date
),
member_count as (
    -- Told once, where it begins, and again only where it changes.
    select
        market,
        index_symbol as subject,
        trade_date,
        'from here on ' || member_count || ' members, but ' || known_count || ' are known' as detail
    from off_by
    where difference <> 0 and difference <> before
),
overlapping_spells as (
    select
        i.market,
        a.index_symbol || ' ' || a.symbol as subject,
        b.valid_from as trade_date,
        'a member since ' || a.valid_from || ' and again from here on' as detail
    from base.members as a
    join base.members as b
        on b.index_symbol = a.index_symbol
        and b.symbol = a.symbol
        and b.valid_from > a.valid_from
        and (a.valid_to is null or b.valid_from < a.valid_to)
    join base.indices as i on i.index_symbol = a.index_symbol
),
open_days as (
    select s.market, s.trade_date
    from base.sessions as s
    left join base.provisional_sessions as p on p.market = s.market and p.trade_date = s.trade_date
    where s.kind <> 'closed' and p.confirmed is distinct from false
),
change_off_session as (
    select i.market, d.index_symbol as subject, d.trade_date, 'members change on a day that is no session' as detail
    from change_days as d
    join base.indices as i on i.index_symbol = d.index_symbol
    anti join open_days as o on o.market = i.market and o.trade_date = d.trade_date
    where d.trade_date between (select min(trade_date) from base.sessions) and (select max(trade_date) from base.sessions)
),
review_fridays as (
    -- The first day of a review month is 0 to 6 days before its first Friday.
    select
        i.index_symbol,
        i.market,
        cast(m.first + cast((12 - isodow(m.first)) % 7 + 7 * (i.review_friday - 1) as integer) as date) as friday
    from base.indices as i
    join (
        select cast(unnest(generate_series(date_trunc('month', min(trade_date)), max(trade_date), interval 1 month)) as date)
            as first
        from base.sessions
    ) as m on list_contains(string_split(i.review_months, ' '), cast(month(m.first) as varchar))
),
review_days as (
    select f.index_symbol, min(o.trade_date) as trade_date
    from review_fridays as f
    join open_days as o on o.market = f.market and o.trade_date > f.friday
    group by f.index_symbol, f.friday
),
change_off_review as (
    -- A review takes effect on the session after its Friday. The first list of an index is no review.
    select
        i.market,
        m.index_symbol as subject,
        m.trade_date,
        'members change (' || count(distinct m.symbol) || ', among them ' || min(m.symbol)
        || ') on a day that is neither a review of the index nor in change_days.csv' as detail
    from (
        select index_symbol, symbol, valid_from as trade_date from base.members
        union all
        select index_symbol, symbol, valid_to from base.members where valid_to > valid_from
    ) as m
    join (select index_symbol, min(valid_from) as began from base.members group by index_symbol) as l
        on l.index_symbol = m.index_symbol and m.trade_date > l.began
    join base.indices as i
        on i.index_symbol = m.index_symbol and i.review_months is not null and m.trade_date <= i.members_confirmed_to
    join open_days as o on o.market = i.market and o.trade_date = m.trade_date
    anti join review_days as r on r.index_symbol = m.index_symbol and r.trade_date = m.trade_date
    anti join base.change_days as c on c.index_symbol = m.index_symbol and c.trade_date = m.trade_date
    group by i.market, m.index_symbol, m.trade_date
),
untraded as (
    select
        market,
        trade_date,
        count(*) filter (where not is_index) as members,
        count(*) filter (where state = 'suspended') as suspended,
        count(*) filter (where state = 'held') as held,
        count(*) filter (where is_index and state = 'received') as indices
    from (
        select distinct market, trade_date, symbol, is_index, state
        from base.keys
        where trade_date >= getvariable('first_day')
    )
    group by market, trade_date
    having count(*) filter (where not is_index and state = 'received') = 0
),
nobody_traded as (
    -- Only if a stock was asked for that day and answered: a vendor that is down tells nothing of the calendar.
    select
        u.market,
        u.market as subject,
        u.trade_date,
        'a session, but none of ' || u.members || ' members traded (' || u.suspended || ' suspended, ' || u.held
        || ' held) and ' || case when u.indices > 0 then u.indices || ' indices have' else 'no index has' end || ' a bar' as detail
    from untraded as u
    where exists (
        from base.answers as a
        where a.market = u.market
            and a.outcome = 'ok'
            and a.asked_on >= u.trade_date
            and u.trade_date between a.first_date and a.last_date
            and a.symbol not in (select index_symbol from base.indices)
    )
),
traded as (
    -- Held because its day is no session, or stored before a correction said so.
    select market, symbol, trade_date, volume
    from base.quarantine
    where rule = 'session_exists' and status = 'held'
    union all
    select v.market, v.symbol, v.trade_date, v.volume
    from (
        select market, symbol, trade_date, volume
        from base.price_versions
        where known_to is null and trade_date >= getvariable('first_day')
        union all
        select market, symbol, trade_date, volume
        from base.index_versions
        where known_to is null and trade_date >= getvariable('first_day')
    ) as v
    anti join open_days as o on o.market = v.market and o.trade_date = v.trade_date
),
traded_off_session as (
    select
        t.market,
        t.market as subject,
        t.trade_date,
        'no session, but ' || count(distinct t.symbol) || ' symbols have a bar, among them ' || min(t.symbol) as detail
    from traded as t
    left join base.indices as i on i.index_symbol = t.symbol
    where i.index_symbol is not null or t.volume > 0
    group by t.market, t.trade_date
    having count(i.index_symbol) > 0 or count(distinct t.symbol) >= 5
),
above_the_price as (
    -- A person's own event: of a vendor's such a dividend is held.
    select
        case when symbol like '%.HK' then 'HK' else 'CN' end as market,
        symbol as subject,
        ex_date as trade_date,
        'the dividend is more than the close before it, and counts for nothing: see actions.csv' as detail
    from base.adjustments
    where own_factor <= 0
),
found as (
    select 'member_count' as kind, * from member_count
    union all
    select 'overlapping_spells', * from overlapping_spells
    union all
    select 'change_off_session', * from change_off_session
    union all
    select 'change_off_review', * from change_off_review
    union all
    select 'nobody_traded', * from nobody_traded
    union all
    select 'traded_off_session', * from traded_off_session
    union all
    select 'above_the_price', * from above_the_price
),
final as (
    select f.kind, f.market, f.subject, f.trade_date, f.detail
    from found as f
    join dirty_markets as d on d.market = f.market and f.trade_date >= d.from_day
)
select * from final order by trade_date, market, kind, subject;

create view fact_disagreements as select * from base.fact_disagreements;

comment on view fact_disagreements is 'One row a contradiction: of our facts among each other, or between the calendar and what was seen to trade. A report: it changes no verdict.';
comment on column fact_disagreements.kind is 'member_count (another number of members than known), overlapping_spells, change_off_session (members change on a day that is no session), change_off_review (on a session that is no review day by the index''s rule in indices.csv, and no exception in change_days.csv), nobody_traded (on a session), traded_off_session (an index or five stocks with volume, on a day that is none), above_the_price (a dividend of a person''s own).';
comment on column fact_disagreements.market is 'HK or CN.';
comment on column fact_disagreements.subject is 'Index, index and stock, stock, or market.';
comment on column fact_disagreements.trade_date is 'Local date that it shows on.';
comment on column fact_disagreements.detail is 'What stands against what.';
