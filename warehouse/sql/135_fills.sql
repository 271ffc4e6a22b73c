-- Who was asked for what the first vendor lacks, and what came of it.
create view fills as
select
    market,
    asked_at,
    symbol,
    source,
    first_owed,
    last_owed,
    owed,
    filled,
    outcome,
    detail,
    run_id
from base.fills;

comment on view fills is 'One row a symbol, vendor and run: the sessions that were owed when the first vendor had answered, how many of them the other one filled, and why not the rest.';
comment on column fills.market is 'HK or CN.';
comment on column fills.asked_at is 'When it was asked, or would have been.';
comment on column fills.symbol is 'Vendor symbol of the stock or index.';
comment on column fills.source is 'The vendor that was asked.';
comment on column fills.first_owed is 'First session that was owed.';
comment on column fills.last_owed is 'Last session that was owed.';
comment on column fills.owed is 'Sessions that were owed.';
comment on column fills.filled is 'Sessions that were filled from its answer: their bars have its name as source.';
comment on column fills.outcome is 'ok, no data, transient, unknown shape; banned where it refused us, and then no night asks it until a person has (afterclose backfill); not asked where the first vendor has too few bars to prove an answer by.';
comment on column fills.detail is 'Why it was not asked, did not answer, or why a bar of its was not taken (the first reason); null when all is filled.';
comment on column fills.run_id is 'Run that asked (runs).';
