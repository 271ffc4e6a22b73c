-- The index points that each member gave, from published weights alone: drifted with prices from the close that they are
-- of, until the next ones are published or the members change. Nothing is fitted; the residual says how far they carry.
create table base.weight_days as
with published as (
    select
        index_symbol,
        as_of,
        lead(as_of) over (partition by index_symbol order by as_of) as next_as_of
    from (select distinct index_symbol, as_of from base.weights)
),
changes as (
    select index_symbol, first_day as changed_on from base.member_spells
    union
    select index_symbol, end_day from base.member_spells where end_day < date 'infinity'
),
used as (
    select p.index_symbol, p.as_of, p.next_as_of, min(c.changed_on) as changed_on
    from published as p
    left join changes as c on c.index_symbol = p.index_symbol and c.changed_on > p.as_of
    group by all
),
days as (
    select
        r.market,
        r.index_symbol,
        r.trade_date,
        before.trade_date as previous_date,
        r.previous_close,
        r.change_points,
        u.as_of,
        u.changed_on,
        -- On the basis of the series, which another vendor's close may not be on.
        b.close * coalesce(b.fill_factor, 1) as level_as_of,
        p.level as previous_level,
        coalesce(r.fill_factor, 1) as factor,
        g.seq - of.seq as sessions_old
    from base.index_returns as r
    join base.indices as i on i.index_symbol = r.index_symbol and i.role = 'followed'
    join dirty_markets as n on n.market = r.market and r.trade_date >= n.from_day
    join base.session_grid as g on g.market = r.market and g.trade_date = r.trade_date
    left join base.session_grid as before on before.market = g.market and before.seq = g.seq - 1
    left join used as u
        on u.index_symbol = r.index_symbol
        and u.as_of < r.trade_date
        and (u.next_as_of is null or u.next_as_of >= r.trade_date)
    left join base.session_grid as of on of.market = r.market and of.trade_date = u.as_of
    left join base.index_returns as b on b.index_symbol = r.index_symbol and b.trade_date = u.as_of
    left join base.index_days as p on p.index_symbol = r.index_symbol and p.trade_date = before.trade_date
),
final as (
    select
        * exclude (changed_on),
        case
            when as_of is null then 'no published weights of an earlier day are stored'
            when changed_on <= trade_date then
                'the members changed on ' || changed_on || ', after the weights of ' || as_of
            -- A quarter: no followed index is left without a review or a new cap for longer than its weights bear.
            when sessions_old > 66 then 'the weights of ' || as_of || ' are ' || sessions_old || ' sessions old'
            when level_as_of is null then 'the weights are of ' || as_of || ', a day without a stored close of the index'
            when previous_close is null then 'the close of the session before is not stored'
        end as reason
    from days
)
select * from final order by trade_date, index_symbol;

create view contribution as
with weighted as (
    select
        d.index_symbol,
        d.trade_date,
        d.previous_level,
        d.factor,
        t.symbol,
        n.name,
        -- What it weighed at the previous close: its weight at as_of, moved by its price, as the index does without its
        -- dividends, against that of the index.
        w.weight * b.price * b.shares / nullif(o.price * o.shares, 0) * d.level_as_of / d.previous_level as weight,
        t.price / nullif(
            base.reference(t.market, b.worth, t.shares, t.paid, b.shares <> t.shares or b.paid <> t.paid), 0
        ) - 1 as move,
        d.as_of as weights_as_of,
        w.source as weights_source,
        t.source
    from base.weight_days as d
    join base.weights as w on w.index_symbol = d.index_symbol and w.as_of = d.as_of
    join base.member_spells as m
        on m.index_symbol = d.index_symbol
        and m.symbol = w.symbol
        and m.first_day <= d.trade_date
        and m.end_day > d.trade_date
    join base.stock_returns as t on t.symbol = w.symbol and t.trade_date = d.trade_date
    join base.stock_returns as b on b.symbol = w.symbol and b.trade_date = d.previous_date
    join base.stock_returns as o on o.symbol = w.symbol and o.trade_date = d.as_of
    left join base.dated_names as n
        on n.symbol = w.symbol and base.covers(n.valid_from, n.valid_to, d.trade_date)
    where d.reason is null
),
final as (
    select
        index_symbol,
        trade_date,
        symbol,
        name,
        weight,
        round(move, 12) as move,
        weight * move * previous_level / factor as points,
        weights_as_of,
        weights_source,
        source
    from weighted
)
select * from final order by trade_date, index_symbol, points desc, symbol;

create view contribution_check as
with summed as (
    select index_symbol, trade_date, count(*) as members, sum(weight) as weight, sum(points) as points
    from contribution
    group by index_symbol, trade_date
),
final as (
    select
        d.index_symbol,
        d.trade_date,
        s.members,
        s.weight,
        s.points,
        d.change_points,
        d.change_points - s.points as residual,
        d.as_of as weights_as_of,
        d.sessions_old,
        d.reason
    from base.weight_days as d
    left join summed as s on s.index_symbol = d.index_symbol and s.trade_date = d.trade_date
)
select * from final order by trade_date, index_symbol;

comment on view contribution is 'One row a member and day: the points that it gave its index, from published weights; empty where there are none, and contribution_check says why.';
comment on column contribution.index_symbol is 'Vendor symbol of the index.';
comment on column contribution.trade_date is 'Local date of the session.';
comment on column contribution.symbol is 'Vendor symbol of the member.';
comment on column contribution.name is 'Name of the member, as of that day where it is dated.';
comment on column contribution.weight is 'Weight at the previous close, a fraction: the published one, drifted with prices since.';
comment on column contribution.move is 'Return of the day from the reference price, a fraction; 0 for a suspended member.';
comment on column contribution.points is 'Index points: weight x move x the index''s previous close, on the basis that the day''s own is printed on.';
comment on column contribution.weights_as_of is 'The day whose close the published weights are of.';
comment on column contribution.weights_source is 'Who published the weights.';
comment on column contribution.source is 'Who said the prices; simulated means invented prices of the demonstration market.';

comment on view contribution_check is 'One row a followed index and stored day: how far the members'' points explain the move of the index, or why there are none.';
comment on column contribution_check.index_symbol is 'Vendor symbol of the index.';
comment on column contribution_check.trade_date is 'Local date of the session.';
comment on column contribution_check.members is 'Members with a contribution; those without a weight, or without a bar on the day, the day before or weights_as_of, have none.';
comment on column contribution_check.weight is 'Their weight together at the previous close, a fraction.';
comment on column contribution_check.points is 'Their points together; null with the reason beside it.';
comment on column contribution_check.change_points is 'The move of the index itself, points.';
comment on column contribution_check.residual is 'change_points - points: rounded weights, members without a contribution, changes of capital, and on the mainland dividends, which lower the index and not a member''s move.';
comment on column contribution_check.weights_as_of is 'The day whose close the published weights are of; null when none of an earlier day are stored.';
comment on column contribution_check.sessions_old is 'Sessions from weights_as_of to this day.';
comment on column contribution_check.reason is 'Why there is no contribution; null when there is.';
