-- The verdict: whether a session's numbers can be trusted, with every count and the reasons.
create macro base.few(names) as
    array_to_string(names[1:5], ', ') || case when len(names) > 5 then ' and ' || (len(names) - 5) || ' more' else '' end;

create table base.session_status as
with keys as (
    select distinct market, trade_date, symbol, state, rules from base.keys
),
counted as (
    select
        market,
        trade_date,
        count(*) as expected,
        count(*) filter (where state = 'received') as received,
        count(*) filter (where state = 'suspended') as suspended,
        count(*) filter (where state = 'held') as held,
        count(*) filter (where state = 'missing') as missing,
        count(*) filter (where state = 'unobtainable') as unobtainable,
        count(*) filter (where state = 'held' and rules = 'newly_flat_market') as newly_flat,
        list(symbol || ' ' || rules order by symbol)
            filter (where state = 'held' and rules <> 'newly_flat_market') as held_names,
        list(concat_ws(' ', symbol, rules) order by rules is null, symbol) filter (where state = 'missing') as missing_names
    from keys
    group by market, trade_date
),
stale as (
    -- A scheduled review has passed since a person last confirmed the members.
    select
        c.market,
        c.trade_date,
        string_agg('members of ' || i.index_code || ' not confirmed since ' || i.members_confirmed_to, '; '
            order by i.index_symbol) as reason
    from counted as c
    join base.indices as i on i.market = c.market and c.trade_date >= i.next_review
    group by c.market, c.trade_date
),
answered as (
    select distinct c.market, c.trade_date
    from counted as c
    join base.sessions as s on s.market = c.market and s.trade_date = c.trade_date
    join base.runs as r
        on r.market = c.market
        and r.state = 'stored'
        and c.trade_date between r.first_date and r.last_date
        and r.ended_at >= s.final_from
),
judged as (
    select
        c.*,
        case
            when a.trade_date is null then 'pending'
            when c.held + c.missing = 0 then 'complete'
            else 'partial'
        end as state,
        nullif(concat_ws(
            '; ',
            case when a.trade_date is null then 'no run has ended for it yet' end,
            case when a.trade_date is not null and c.newly_flat > 0
                then c.newly_flat || ' stocks newly at zero volume, all held' end,
            case when a.trade_date is not null and c.held > c.newly_flat then 'held: ' || base.few(c.held_names) end,
            case when a.trade_date is not null and c.missing > 0 then 'missing: ' || base.few(c.missing_names) end,
            s.reason
        ), '') as reason
    from counted as c
    left join answered as a on a.market = c.market and a.trade_date = c.trade_date
    left join stale as s on s.market = c.market and s.trade_date = c.trade_date
),
final as (
    select
        market, trade_date, state, expected, received, suspended, held, missing, unobtainable, reason
    from judged
    union all
    select s.market, s.trade_date, 'closed', 0, 0, 0, 0, 0, 0, 
        'closed: ' || coalesce(s.reason || ' (' || s.source || ')', s.source)
    from base.sessions as s
    join (select market, min(trade_date) as first, max(trade_date) as last from counted group by market) as c
        on c.market = s.market and s.trade_date between c.first and c.last
    where s.kind = 'closed'
    union all
    select
        s.market, s.trade_date, 'pending', 0, 0, 0, 0, 0, 0,
        'a weekday past the calendar''s horizon: a session if the index gets a bar on it'
    from base.sessions as s
    join base.provisional_sessions as p on p.market = s.market and p.trade_date = s.trade_date and p.confirmed is null
    join (select market, max(trade_date) as last from counted group by market) as c
        on c.market = s.market and s.trade_date > c.last
    cross join base.build as b
    where s.final_from + to_minutes(b.settle_minutes) <= b.built_at
)
select * from final order by trade_date, market;

create view session_status as select * from base.session_status;

comment on view session_status is 'The verdict: one row a market and session, from the first day that any run covered.';
comment on column session_status.market is 'HK or CN.';
comment on column session_status.trade_date is 'Local date of the session.';
comment on column session_status.state is 'complete (nothing held or missing), partial, pending (no run has ended for it since it became final), closed.';
comment on column session_status.expected is 'Distinct members of any followed index of the market that day, plus its followed indices: the sum of the counts beside it.';
comment on column session_status.received is 'Keys with a current bar that traded, or of an index.';
comment on column session_status.suspended is 'Keys whose current bar says that the stock did not trade.';
comment on column session_status.held is 'Keys without a current bar and with a row in quarantine.';
comment on column session_status.missing is 'Keys with nothing at all.';
comment on column session_status.unobtainable is 'Keys that the vendor no longer has, by reference or by three refusals on separate days.';
comment on column session_status.reason is 'Why it is not complete or closed, or what else to know; null when there is nothing to say.';
