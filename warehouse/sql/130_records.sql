-- What was held, what was said, what ran.
create view quarantine as select * from base.quarantine;

comment on view quarantine is 'One row a bar or an event that did not pass a rule, kept with what was wrong with it.';
comment on column quarantine.id is 'Hash of what was wrong: the same values are the same row; what an answer told otherwise and the next one tells again is another.';
comment on column quarantine.symbol is 'Vendor symbol.';
comment on column quarantine.trade_date is 'Local date that the bar claims; of an event its ex-date, or where it has none the day on which it was told.';
comment on column quarantine.open is 'Open, as traded.';
comment on column quarantine.high is 'High, as traded.';
comment on column quarantine.low is 'Low, as traded.';
comment on column quarantine.close is 'Close, as traded.';
comment on column quarantine.volume is 'Shares traded.';
comment on column quarantine.currency is 'Currency that the vendor stated.';
comment on column quarantine.rule is 'Name of the rule that it broke; withdrawn for a bar that was stored and that a person took back.';
comment on column quarantine.detail is 'What the rule saw.';
comment on column quarantine.status is 'held, released (stored by a person''s decision), rejected (never to be stored), cured (a later answer passed) or warned (stored all the same).';
comment on column quarantine.held_at is 'When it was held.';
comment on column quarantine.decided_at is 'When it was decided.';
comment on column quarantine.decided_by is 'Who decided.';
comment on column quarantine.note is 'Why.';
comment on column quarantine.source is 'Who said so.';
comment on column quarantine.run_id is 'Run that held it, or decision that withdrew it (decisions).';
comment on column quarantine.asked_at is 'When the vendor said so; null in rows held before this was kept.';
comment on column quarantine.fill_factor is 'Of a bar that another vendor gave and a rule held: its printed prices times this are on the basis of the first vendor''s; null otherwise.';
comment on column quarantine.split_factor is 'The later splits that were undone; null in rows held before this was kept.';
comment on column quarantine.basis is 'evening: captured on its own evening; history: read later; null in rows held before this was kept.';
comment on column quarantine.kind is 'Of an event: split, dividend, unlisted_adjustment or event; null of a bar.';
comment on column quarantine.value is 'Of an event: new shares per old one, or money per share in currency; null where it has none that could be.';
comment on column quarantine.parts is 'Of an event: what the value is made of.';
comment on column quarantine.commit is 'Number of the commit of the lake that last changed this row; null in rows last changed before commits had numbers.';
comment on column quarantine.market is 'HK or CN.';

create view decisions as select * from base.decisions;

comment on view decisions is 'One row a decision of a person about a row of the quarantine: never changed afterwards.';
comment on column decisions.id is 'The row of quarantine.';
comment on column decisions.symbol is 'Vendor symbol.';
comment on column decisions.trade_date is 'Local date of the bar.';
comment on column decisions.decision is 'released (stored as it is), rejected (never to be stored), held (a stored bar, withdrawn).';
comment on column decisions.decided_at is 'When.';
comment on column decisions.decided_by is 'Who.';
comment on column decisions.note is 'Why.';
comment on column decisions.run_id is 'What the versions that it made carry as their run_id (price_versions).';
comment on column decisions.market is 'HK or CN.';

create view published as
    select * replace (coalesce(warehouse_version, 1) as warehouse_version) from base.published;

comment on view published is 'One row a thing that was said: never changed afterwards, and said again only when it had become something else.';
comment on column published.trade_date is 'The session that it speaks of.';
comment on column published.kind is 'The view that it was read from: session_status, market_wrap, breadth or top_movers (five a side).';
comment on column published.subject is 'Market or index; of a mover index, side, resumed where it had, and rank.';
comment on column published.said is 'The row as it was, as JSON: its keys are the columns of that view.';
comment on column published.published_at is 'When it was said.';
comment on column published.run_id is 'Run (runs) or decision (decisions) that led to it.';
comment on column published.warehouse_version is 'Version of the promise about views (about) when it was said: what its columns mean.';
comment on column published.market is 'HK or CN.';

create view runs as select * from base.runs;

comment on view runs is 'One row a run that asked the vendor.';
comment on column runs.run_id is 'Identifier of the run.';
comment on column runs.flow is 'nightly, backfill or official.';
comment on column runs.started_on is 'UTC date of the start.';
comment on column runs.started_at is 'Start.';
comment on column runs.ended_at is 'End.';
comment on column runs.first_date is 'First session that it answered for.';
comment on column runs.last_date is 'Last session that it answered for.';
comment on column runs.state is 'stored or failed.';
comment on column runs.source is 'The vendor that was asked, or the official sources.';
comment on column runs.requests is 'Symbols asked; of an official run the questions, whatever came of them.';
comment on column runs.new_rows is 'Bars stored for the first time.';
comment on column runs.restated_rows is 'Bars whose values changed.';
comment on column runs.held_rows is 'Bars newly held in quarantine.';
comment on column runs.detail is 'What went wrong, if anything; of an official run what came of each evening.';
comment on column runs.scope is 'members; index: asked for indices alone; official: for what exchanges printed. The last two owe no member.';
comment on column runs.market is 'HK or CN.';

create view indices as select * from base.indices;

comment on view indices is 'One row an index.';
comment on column indices.index_symbol is 'Vendor symbol.';
comment on column indices.index_code is 'Short code.';
comment on column indices.name is 'Name.';
comment on column indices.name_zh is 'Name in Traditional Chinese, as the index company writes it.';
comment on column indices.name_zh_hans is 'Name in Simplified Chinese.';
comment on column indices.launched_on is 'When it was first published: earlier levels are back-casts and no history. Null if unknown.';
comment on column indices.decimals is 'Decimals with which its level is published.';
comment on column indices.market is 'HK or CN.';
comment on column indices.currency is 'Currency.';
comment on column indices.role is 'followed (with members and part of the verdict) or price_only.';
comment on column indices.history is 'How far back the vendor answers: max or 5d.';
comment on column indices.members_confirmed_to is 'Date of the last member list seen.';
comment on column indices.next_review is 'First scheduled review after that: from here on members are not confirmed.';
comment on column indices.review_months is 'Months of the scheduled reviews.';
comment on column indices.review_friday is 'Which Friday of the month: a review takes effect on the Monday after it.';
comment on column indices.source is 'Where the facts come from.';
