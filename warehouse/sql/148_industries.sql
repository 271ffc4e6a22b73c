-- Members by industry, where a person has said which industry they are of: files in industries/ of the home.
create table base.industries as select * from fact_industries order by scheme, symbol, valid_from;

create view industries as
select scheme, symbol, industry, valid_from, valid_to, source from base.industries order by scheme, symbol, valid_from;

comment on view industries is 'One row a scheme, stock and spell in an industry, as the files in industries/ of the home say; nothing is guessed for others.';
comment on column industries.scheme is 'The name of the file.';
comment on column industries.symbol is 'Symbol of the stock.';
comment on column industries.industry is 'As the file says.';
comment on column industries.valid_from is 'First day; null for as far back as is known.';
comment on column industries.valid_to is 'First day that it is no longer; null while it is.';
comment on column industries.source is 'Who says so.';

create view industry_breadth as
with schemes as (
    select distinct scheme, case when symbol like '%.HK' then 'HK' else 'CN' end as market from base.industries
),
members as (
    select
        k.index_symbol,
        k.trade_date,
        s.scheme,
        coalesce(i.industry, 'not given') as industry,
        case when k.state = 'received' then p.return_1d end as return_1d,
        c.points
    from base.keys as k
    join schemes as s on s.market = k.market
    left join base.industries as i
        on i.scheme = s.scheme and i.symbol = k.symbol and base.covers(i.valid_from, i.valid_to, k.trade_date)
    left join base.prices as p on p.symbol = k.symbol and p.trade_date = k.trade_date
    left join main.contribution as c
        on c.index_symbol = k.index_symbol and c.symbol = k.symbol and c.trade_date = k.trade_date
    where not k.is_index
),
final as (
    select
        index_symbol,
        trade_date,
        scheme,
        industry,
        count(*) as member_count,
        count(*) filter (return_1d > 0) as advancers,
        count(*) filter (return_1d < 0) as decliners,
        count(*) filter (return_1d = 0) as unchanged,
        count(*) filter (return_1d is null) as without_return,
        median(return_1d) as median_return,
        round(sum(points), 6) as points
    from members
    group by index_symbol, trade_date, scheme, industry
)
select * from final order by trade_date, index_symbol, scheme, industry;

comment on view industry_breadth is 'One row a followed index, session, scheme and industry: its members counted by what they did, and the points they gave. Empty without a file in industries/ of the home.';
comment on column industry_breadth.index_symbol is 'Vendor symbol of the index.';
comment on column industry_breadth.trade_date is 'Local date of the session.';
comment on column industry_breadth.scheme is 'The name of the file.';
comment on column industry_breadth.industry is 'As the file says; not given for members that it lacks.';
comment on column industry_breadth.member_count is 'Members of the industry on that day: the four counts add up to it.';
comment on column industry_breadth.advancers is 'Members that rose.';
comment on column industry_breadth.decliners is 'Members that fell.';
comment on column industry_breadth.unchanged is 'Members that traded and closed at their reference price.';
comment on column industry_breadth.without_return is 'Members without a return: suspended, held, missing, or without a close before.';
comment on column industry_breadth.median_return is 'Median one-day return of its members, a fraction.';
comment on column industry_breadth.points is 'Index points that its members gave together, from published weights (contribution); null where there are none.';
