-- What days the markets were open, and who was a member when.
create view sessions as
    select s.*, p.confirmed
    from base.sessions as s
    left join base.provisional_sessions as p on p.market = s.market and p.trade_date = s.trade_date;

comment on view sessions is 'One row a market and day: the trading sessions with their hours, and sessions that did not take place.';
comment on column sessions.market is 'HK or CN.';
comment on column sessions.trade_date is 'Local date.';
comment on column sessions.kind is 'full, half, late (opened late), early (closed early), closed (did not take place: weather), provisional (a weekday past the calendar''s horizon).';
comment on column sessions.opens is 'Opening time, local.';
comment on column sessions.lunch_starts is 'Start of the lunch break, local; null when trading had none.';
comment on column sessions.lunch_ends is 'End of the lunch break, local.';
comment on column sessions.closes is 'Closing time of continuous trading, local.';
comment on column sessions.time_zone is 'IANA zone of the local times.';
comment on column sessions.final_from is 'From this moment on a close is final.';
comment on column sessions.source is 'Where the fact comes from; begins with "local: " when a person''s correction says so.';
comment on column sessions.reason is 'Why the day is not as usual (a typhoon, a half day), where the overlay says so; else null.';
comment on column sessions.confirmed is 'Of a provisional session: true when an index has a bar on it, false (struck: it was none) when an index that was asked has a later bar and none on it, null until then.';

create view members as select * from base.members;

comment on view members is 'One row a membership spell of a followed index.';
comment on column members.index_symbol is 'Vendor symbol of the index.';
comment on column members.symbol is 'Vendor symbol of the member.';
comment on column members.name is 'Name of the member in the source; null where a person''s correction gives none.';
comment on column members.valid_from is 'First session as a member.';
comment on column members.valid_to is 'First session no longer a member; null while it is one.';
comment on column members.source is 'Where the fact comes from; begins with "local: " when a person''s correction says so.';
comment on column members.confidence is 'high, medium or low.';
comment on column members.note is 'What the source leaves open; null where nothing is.';

create macro members_on(of_index, on_date) as table
    select m.*
    from base.members as m
    where m.index_symbol = cast(of_index as varchar)
        and base.covers(m.valid_from, m.valid_to, cast(on_date as date))
    qualify row_number() over (partition by m.symbol order by m.valid_from) = 1;

comment on macro table members_on is 'The members of an index (vendor symbol) on a date, with the columns of `members`.';
