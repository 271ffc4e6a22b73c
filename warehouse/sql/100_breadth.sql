-- How many members of each index rose and fell, and what became of the others; and how whole its row is.
create table base.breadth as
with final as (
    select
        k.index_symbol,
        k.trade_date,
        count(*) as member_count,
        count(*) filter (where k.state = 'received' and p.return_1d > 0) as advancers,
        count(*) filter (where k.state = 'received' and p.return_1d < 0) as decliners,
        count(*) filter (where k.state = 'received' and p.return_1d = 0) as unchanged,
        count(*) filter (where k.state = 'suspended') as suspended,
        count(*) filter (where k.state = 'held') as held,
        count(*) filter (where k.state in ('missing', 'unobtainable')) as missing,
        count(*) filter (where k.state = 'unobtainable') as unobtainable,
        count(*) filter (where k.state = 'received' and p.return_1d is null) as no_reference
    from base.keys as k
    left join base.prices as p on p.symbol = k.symbol and p.trade_date = k.trade_date
    where not k.is_index
    group by k.index_symbol, k.trade_date
)
select * from final order by trade_date, index_symbol;

create view breadth as select * exclude (unobtainable) from base.breadth;

comment on view breadth is 'One row a followed index and covered session: its members counted by what they did. The counts add up to member_count.';
comment on column breadth.index_symbol is 'Vendor symbol of the index.';
comment on column breadth.trade_date is 'Local date of the session.';
comment on column breadth.member_count is 'Members on that day.';
comment on column breadth.advancers is 'Members that rose.';
comment on column breadth.decliners is 'Members that fell.';
comment on column breadth.unchanged is 'Members that traded and closed at their reference price.';
comment on column breadth.suspended is 'Members that did not trade.';
comment on column breadth.held is 'Members whose bar is in quarantine.';
comment on column breadth.missing is 'Members without a bar, those that the vendor no longer has included.';
comment on column breadth.no_reference is 'Members that traded, with no close of the session before to compare with.';

create view index_status as
select
    b.index_symbol,
    b.trade_date,
    case
        when s.state = 'pending' then 'pending'
        when b.held + b.missing - b.unobtainable = 0 and k.state = 'received' then 'complete'
        else 'partial'
    end as state,
    b.member_count,
    b.member_count - b.suspended - b.held - b.missing as priced,
    b.suspended,
    b.held,
    b.missing - b.unobtainable as missing,
    b.unobtainable,
    k.state = 'received' as index_bar
from base.breadth as b
join base.keys as k on k.is_index and k.index_symbol = b.index_symbol and k.trade_date = b.trade_date
join base.session_status as s on s.market = k.market and s.trade_date = b.trade_date;

comment on view index_status is 'One row a followed index and covered session: how whole it is.';
comment on column index_status.index_symbol is 'Vendor symbol of the index.';
comment on column index_status.trade_date is 'Local date of the session.';
comment on column index_status.state is 'complete, partial or pending, for the index and its own members.';
comment on column index_status.member_count is 'Members on that day: the sum of the five counts beside it.';
comment on column index_status.priced is 'Members with a bar that traded.';
comment on column index_status.suspended is 'Members that did not trade.';
comment on column index_status.held is 'Members whose bar is in quarantine.';
comment on column index_status.missing is 'Members without a bar.';
comment on column index_status.unobtainable is 'Members that the vendor no longer has.';
comment on column index_status.index_bar is 'Whether the index itself has a bar.';
