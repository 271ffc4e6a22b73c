-- The verdict: whether the numbers of a session, and of each followed index by itself, can be trusted; with every count and
-- the reasons. `reasons_of` is ours (wording/sentences.py): it puts what was counted into the words of each language.
create table base.verdicts as
with keys as (
    select
        k.*,
        k.state = 'received' and not k.is_index and p.symbol is not null as is_without_return
    from base.keys as k
    join dirty_markets as d on d.market = k.market and k.trade_date >= d.from_day
    -- What is received has its row of prices; those few without a return are looked for, not all the others.
    left join (
        select symbol, trade_date from base.prices where return_1d is null and trade_date >= getvariable('first_day')
    ) as p on p.symbol = k.symbol and p.trade_date = k.trade_date
    where k.trade_date >= getvariable('first_day')
),
subjects as (
    -- The market as a whole, in which a member of two indices is one key, and each index with its own members.
    select market as subject, null as index_symbol, * exclude (index_symbol)
    from keys as k
    where k.is_index or not exists (
        select 1
        from base.members as m
        join base.indices as i on i.index_symbol = m.index_symbol and i.role = 'followed'
        where m.symbol = k.symbol
            and i.market = k.market
            and m.index_symbol < k.index_symbol
            and base.covers(m.valid_from, m.valid_to, k.trade_date)
    )
    union all
    select index_symbol as subject, index_symbol, * exclude (index_symbol) from keys
),
counted as (
    select
        market,
        trade_date,
        subject,
        index_symbol,
        count(*) as expected,
        count(*) filter (where not is_index) as member_count,
        count(*) filter (where state = 'received') as received,
        count(*) filter (where state = 'received' and not is_index) as priced,
        count(*) filter (where state = 'suspended') as suspended,
        count(*) filter (where state = 'held') as held,
        count(*) filter (where state = 'held' and not is_index) as held_members,
        count(*) filter (where state = 'missing') as missing,
        count(*) filter (where state = 'missing' and not is_index) as missing_members,
        count(*) filter (where state = 'unobtainable') as unobtainable,
        count(*) filter (where is_without_return) as no_reference,
        count(*) filter (where known_limit is not null) as known_limits,
        bool_or(is_index and state = 'received') as index_bar,
        {
            'newly_flat': count(*) filter (where state = 'held' and rules = 'newly_flat_market'),
            'is_half_day': bool_or(coalesce(known_limit = 'half day', false)),
            'held': list(symbol || ' ' || rules order by symbol)
                filter (where state = 'held' and rules <> 'newly_flat_market'),
            'missing': list({
                'symbol': symbol, 'rule': rules, 'since': no_data_since, 'outcome': outcome, 'detail': detail
            } order by rules is null, symbol)
                filter (where state = 'missing' and known_limit is null),
            'events': list(symbol || ' ' || events order by symbol) filter (where events is not null),
            'short_history': list(symbol order by symbol) filter (where known_limit = 'short history'),
            'gone': list(symbol order by symbol) filter (where known_limit = 'gone'),
            'no_reference': list(symbol order by symbol) filter (where is_without_return)
        } as found
    from subjects
    group by market, trade_date, subject, index_symbol
),
watched as (
    select c.trade_date, c.subject, i.*
    from counted as c
    join base.indices as i
        on i.market = c.market and i.role = 'followed' and i.index_symbol = coalesce(c.index_symbol, i.index_symbol)
),
unconfirmed as (
    -- A scheduled review has passed since a person last confirmed the members.
    select
        trade_date,
        subject,
        list({
            'index_code': index_code, 'name_zh': name_zh, 'name_zh_hans': name_zh_hans, 'since': members_confirmed_to
        } order by index_symbol) as indices
    from watched
    where trade_date >= next_review and trade_date > members_confirmed_to
    group by trade_date, subject
),
announced as (
    -- A change of the rule is announced, and the members are not confirmed since it took effect.
    select
        w.trade_date,
        w.subject,
        list({
            'index_code': w.index_code, 'name_zh': w.name_zh, 'name_zh_hans': w.name_zh_hans,
            'effective_on': a.effective_on, 'change': a.change, 'change_zh': a.change_zh, 'change_zh_hans': a.change_zh_hans
        } order by w.index_symbol, a.effective_on) as changes
    from watched as w
    join base.announced_changes as a
        on a.index_symbol = w.index_symbol
        and w.trade_date >= a.announced_on
        and coalesce(w.members_confirmed_to < a.effective_on, true)
    group by w.trade_date, w.subject
),
answered as (
    select distinct s.market, s.trade_date
    from base.sessions as s
    join dirty_markets as d on d.market = s.market and s.trade_date >= d.from_day
    join base.runs as r
        on r.market = s.market
        and r.state = 'stored'
        and r.scope = 'members'
        and s.trade_date between r.first_date and r.last_date
        and r.ended_at >= s.final_from
),
judged as (
    select
        c.* exclude (found),
        case
            when a.trade_date is null then 'pending'
            when c.held + c.missing > 0 then 'partial'
            -- What an index says of its members must have been seen; the session has what it expected.
            when c.index_symbol is not null and c.no_reference > 0 then 'partial'
            else 'complete'
        end as state,
        to_json({
            'is_pending': a.trade_date is null, 'counts': c.found, 'unconfirmed': u.indices, 'announced': n.changes
        }) as found
    from counted as c
    left join answered as a on a.market = c.market and a.trade_date = c.trade_date
    left join unconfirmed as u on u.trade_date = c.trade_date and u.subject = c.subject
    left join announced as n on n.trade_date = c.trade_date and n.subject = c.subject
),
worded as (
    -- Many sessions have one and the same to say.
    select found, reasons_of(found) as reasons from (select distinct cast(found as varchar) as found from judged)
),
final as (
    select j.* exclude (found), w.reasons.en as reason, w.reasons.zh_hant as reason_zh, w.reasons.zh_hans as reason_zh_hans
    from judged as j
    join worded as w on w.found = cast(j.found as varchar)
)
select * from final order by trade_date, market, subject;

create table base.session_status as
with every_session as (
    select
        market, trade_date, state, expected, received, suspended, held, missing, unobtainable, reason, known_limits,
        no_reference, reason_zh, reason_zh_hans
    from base.verdicts
    where index_symbol is null
    union all by name
    select
        s.market, s.trade_date, 'closed' as state, 0 as expected, 0 as received, 0 as suspended, 0 as held, 0 as missing,
        0 as unobtainable, 0 as known_limits, 0 as no_reference,
        'closed: ' || coalesce(s.reason || ' (' || s.source || ')', s.source) as reason
    from base.sessions as s
    join (select market, min(trade_date) as first, max(trade_date) as last from base.verdicts group by market) as c
        on c.market = s.market and s.trade_date between c.first and c.last
    where s.kind = 'closed'
    union all by name
    select
        s.market, s.trade_date, 'pending' as state, 0 as expected, 0 as received, 0 as suspended, 0 as held, 0 as missing,
        0 as unobtainable, 0 as known_limits, 0 as no_reference,
        'a weekday past the calendar''s horizon: a session if the index gets a bar on it' as reason
    from base.sessions as s
    join base.provisional_sessions as p on p.market = s.market and p.trade_date = s.trade_date and p.confirmed is null
    join (select market, max(trade_date) as last from base.verdicts group by market) as c
        on c.market = s.market and s.trade_date > c.last
    cross join base.build as b
    where s.final_from + to_minutes(b.settle_minutes) <= b.built_at
),
final as (
    select s.*
    from every_session as s
    join dirty_markets as d on d.market = s.market and s.trade_date >= d.from_day
)
select * from final order by trade_date, market;

create view session_status as select * from base.session_status;

create view index_status as
select
    index_symbol,
    trade_date,
    state,
    member_count,
    priced,
    suspended,
    held_members as held,
    missing_members as missing,
    unobtainable,
    index_bar,
    no_reference,
    known_limits,
    reason,
    reason_zh,
    reason_zh_hans
from base.verdicts
where index_symbol is not null;

comment on view session_status is 'The verdict: one row a market and session, from the first day that any run covered.';
comment on column session_status.market is 'HK or CN.';
comment on column session_status.trade_date is 'Local date of the session.';
comment on column session_status.state is 'complete (nothing held or missing), partial, pending (no run has ended for it since it became final), closed.';
comment on column session_status.expected is 'Distinct members of any followed index of the market that day, plus its followed indices: the sum of received, suspended, held, missing and unobtainable.';
comment on column session_status.received is 'Keys with a current bar that traded, or of an index.';
comment on column session_status.suspended is 'Keys whose current bar says that the stock did not trade.';
comment on column session_status.held is 'Keys without a current bar and with a row in quarantine.';
comment on column session_status.missing is 'Keys with nothing at all.';
comment on column session_status.unobtainable is 'Keys that no vendor of ours has, by a cited fact (unobtainable.csv) and by nothing else.';
comment on column session_status.reason is 'Why it is not complete or closed, or what else to know: what a person or a later answer can mend, then the known limits of the vendor; null when there is nothing to say.';
comment on column session_status.known_limits is 'Keys, counted in held, missing or unobtainable too, that a known limit of the vendor explains: a name that it no longer has, an index of which it has five sessions, a half day that it does not fill.';
comment on column session_status.no_reference is 'Stocks that were received and have no return: the close of the session before is not stored.';
comment on column session_status.reason_zh is 'reason in Traditional Chinese; null for a closed day.';
comment on column session_status.reason_zh_hans is 'reason in Simplified Chinese; null for a closed day.';

comment on view index_status is 'One row a followed index and covered session since it has members: how whole it is, by itself.';
comment on column index_status.index_symbol is 'Vendor symbol of the index.';
comment on column index_status.trade_date is 'Local date of the session.';
comment on column index_status.state is 'complete (its own bar is there, no member is held, missing or without a return), partial or pending, for the index and its own members alone.';
comment on column index_status.member_count is 'Members on that day: the sum of priced, suspended, held, missing and unobtainable.';
comment on column index_status.priced is 'Members with a bar that traded.';
comment on column index_status.suspended is 'Members that did not trade.';
comment on column index_status.held is 'Members whose bar is in quarantine.';
comment on column index_status.missing is 'Members without a bar.';
comment on column index_status.unobtainable is 'Members that no vendor of ours has: a known limit, which leaves the index complete, and takes every "all" and "most" out of its sentences.';
comment on column index_status.index_bar is 'Whether the index itself has a bar.';
comment on column index_status.no_reference is 'Priced members without a return: the close of the session before is not stored.';
comment on column index_status.known_limits is 'Keys, the index itself included, that a known limit of the vendor explains; see session_status.';
comment on column index_status.reason is 'Why it is not complete, or what else to know; null when there is nothing to say.';
comment on column index_status.reason_zh is 'The same in Traditional Chinese.';
comment on column index_status.reason_zh_hans is 'The same in Simplified Chinese.';
