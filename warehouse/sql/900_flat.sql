-- The same views for clients that know no lists, no times of day and no instants, as most over ODBC and JDBC do: lists are
-- texts with commas, times are texts ('09:30'), instants are timestamps in UTC. A test names the line of a view that lacks.
create schema flat;

create view flat.about as select * replace (make_timestamp(epoch_us(built_at)) as built_at) from main.about;
create view flat.action_versions as
select * replace (
    make_timestamp(epoch_us(known_from)) as known_from,
    make_timestamp(epoch_us(known_to)) as known_to
) from main.action_versions;
create view flat.agreement as select * from main.agreement;
create view flat.ah_pairs as
select * replace (
    make_timestamp(epoch_us(a_closes_at)) as a_closes_at,
    make_timestamp(epoch_us(h_closes_at)) as h_closes_at,
    left(cast(rate_fixed_at as varchar), 5) as rate_fixed_at
) from main.ah_pairs;
create view flat.breadth as select * from main.breadth;
create view flat.contribution as select * from main.contribution;
create view flat.contribution_check as select * from main.contribution_check;
create view flat.corporate_actions as select * replace (make_timestamp(epoch_us(known_from)) as known_from) from main.corporate_actions;
create view flat.cross_checks as select * replace (make_timestamp(epoch_us(asked_at)) as asked_at) from main.cross_checks;
create view flat.decisions as select * replace (make_timestamp(epoch_us(decided_at)) as decided_at) from main.decisions;
create view flat.evening as
select * replace (
    array_to_string(hsi_leaders, ', ') as hsi_leaders,
    array_to_string(hstech_leaders, ', ') as hstech_leaders,
    array_to_string(csi300_leaders, ', ') as csi300_leaders,
    array_to_string(hsi_laggards, ', ') as hsi_laggards,
    array_to_string(hstech_laggards, ', ') as hstech_laggards,
    array_to_string(csi300_laggards, ', ') as csi300_laggards
) from main.evening;
create view flat.evening_indices as
select * replace (
    array_to_string(leaders, ', ') as leaders,
    array_to_string(laggards, ', ') as laggards
) from main.evening_indices;
create view flat.fact_disagreements as select * from main.fact_disagreements;
create view flat.fills as select * replace (make_timestamp(epoch_us(asked_at)) as asked_at) from main.fills;
create view flat.index_periods as select * from main.index_periods;
create view flat.index_prices as select * replace (make_timestamp(epoch_us(known_from)) as known_from) from main.index_prices;
create view flat.index_returns as select * from main.index_returns;
create view flat.index_status as select * from main.index_status;
create view flat.indices as select * from main.indices;
create view flat.industries as select * from main.industries;
create view flat.industry_breadth as select * from main.industry_breadth;
create view flat.instruments as select * from main.instruments;
create view flat.listings as select * replace (cast(names as varchar) as names) from main.listings;
create view flat.market_breadth as select * from main.market_breadth;
create view flat.market_movers as select * from main.market_movers;
create view flat.market_wrap as
select * replace (
    array_to_string(usual_moves, ', ') as usual_moves,
    array_to_string(ends, ', ') as ends,
    array_to_string(leaders, ', ') as leaders,
    array_to_string(leaders_zh, ', ') as leaders_zh,
    array_to_string(leaders_zh_hans, ', ') as leaders_zh_hans,
    array_to_string(leaders_return, ', ') as leaders_return,
    array_to_string(leaders_mark, ', ') as leaders_mark,
    array_to_string(laggards, ', ') as laggards,
    array_to_string(laggards_zh, ', ') as laggards_zh,
    array_to_string(laggards_zh_hans, ', ') as laggards_zh_hans,
    array_to_string(laggards_return, ', ') as laggards_return,
    array_to_string(laggards_mark, ', ') as laggards_mark,
    array_to_string(ex_dividend, ', ') as ex_dividend,
    array_to_string(ex_dividend_zh, ', ') as ex_dividend_zh,
    array_to_string(resumed, ', ') as resumed,
    array_to_string(resumed_zh, ', ') as resumed_zh,
    array_to_string(resumed_zh_hans, ', ') as resumed_zh_hans,
    array_to_string(resumed_return, ', ') as resumed_return
) from main.market_wrap;
create view flat.members as select * from main.members;
create view flat.members_of_day as select * replace (make_timestamp(epoch_us(known_from)) as known_from) from main.members_of_day;
create view flat.official_prices as select * replace (make_timestamp(epoch_us(asked_at)) as asked_at) from main.official_prices;
create view flat.price_versions as
select * replace (
    make_timestamp(epoch_us(known_from)) as known_from,
    make_timestamp(epoch_us(known_to)) as known_to,
    make_timestamp(epoch_us(asked_at)) as asked_at
) from main.price_versions;
create view flat.prices as select * replace (make_timestamp(epoch_us(known_from)) as known_from) from main.prices;
create view flat.prices_adjusted as select * from main.prices_adjusted;
create view flat.published as select * replace (make_timestamp(epoch_us(published_at)) as published_at) from main.published;
create view flat.quarantine as
select * replace (
    make_timestamp(epoch_us(held_at)) as held_at,
    make_timestamp(epoch_us(decided_at)) as decided_at,
    make_timestamp(epoch_us(asked_at)) as asked_at
) from main.quarantine;
create view flat.restatements as select * replace (make_timestamp(epoch_us(known_from)) as known_from) from main.restatements;
create view flat.runs as
select * replace (
    make_timestamp(epoch_us(started_at)) as started_at,
    make_timestamp(epoch_us(ended_at)) as ended_at
) from main.runs;
create view flat.session_status as select * from main.session_status;
create view flat.sessions as
select * replace (
    left(cast(opens as varchar), 5) as opens,
    left(cast(lunch_starts as varchar), 5) as lunch_starts,
    left(cast(lunch_ends as varchar), 5) as lunch_ends,
    left(cast(closes as varchar), 5) as closes,
    make_timestamp(epoch_us(final_from)) as final_from
) from main.sessions;
create view flat.stock_returns as select * from main.stock_returns;
create view flat.suspensions as select * from main.suspensions;
create view flat.top_movers as select * from main.top_movers;
