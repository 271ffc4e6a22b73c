-- Corporate actions as they are known now, and all that was ever said of one.
create view corporate_actions as
select market, symbol, ex_date, kind, value, currency, parts, source, citation, known_from
from base.action_versions
where known_to is null;

comment on view corporate_actions is 'One row a symbol, ex-date and kind: the accepted actions, which returns and adjusted prices take into account. What is held is in action_versions.';
comment on column corporate_actions.market is 'HK or CN.';
comment on column corporate_actions.symbol is 'Vendor symbol.';
comment on column corporate_actions.ex_date is 'First session that trades without it, local date.';
comment on column corporate_actions.kind is 'split (bonus issues and consolidations too), dividend, or unlisted_adjustment: the vendor rebased its history and named no event.';
comment on column corporate_actions.value is 'New shares per old one; of a dividend, money per share as of the ex-date, all its parts together; of an unlisted adjustment, the factor that divides earlier prices.';
comment on column corporate_actions.currency is 'Currency of a dividend; in another than that of the prices it marks its day (prices.ex) and its amount is used for nothing. Null otherwise.';
comment on column corporate_actions.parts is 'What the value is made of, where it is more than one amount: an ordinary and a special dividend, say.';
comment on column corporate_actions.source is 'Who said so; local is a person, in actions.csv.';
comment on column corporate_actions.citation is 'Where a person has it from; null for a vendor''s.';
comment on column corporate_actions.known_from is 'Since when we hold it to be true.';

create view action_versions as
with versions as (
    select
        market,
        symbol,
        ex_date,
        kind,
        value,
        currency,
        case when known_to is null then 'accepted' else 'withdrawn' end as state,
        case when known_to is null then citation else 'replaced, no longer told, or taken back' end as reason,
        known_from,
        known_to,
        source,
        run_id
    from base.action_versions
),
in_doubt as (
    select
        market,
        symbol,
        trade_date as ex_date,
        kind,
        value,
        currency,
        status as state,
        concat_ws('; ', detail, note) as reason,
        held_from as known_from,
        held_to as known_to,
        source,
        run_id
    from base.held_spells
    where kind is not null
),
final as (
    select * from versions
    union all
    select * from in_doubt
)
select * from final order by ex_date, symbol, kind, known_from;

comment on view action_versions is 'One row a version of a corporate action, and a row each that is or was held: all that was ever said, with its state and the reason.';
comment on column action_versions.market is 'HK or CN.';
comment on column action_versions.symbol is 'Vendor symbol.';
comment on column action_versions.ex_date is 'First session that trades without it, local date; of an event that was told without one, the day on which it was told.';
comment on column action_versions.kind is 'split, dividend or unlisted_adjustment; event where the vendor''s table of events was none.';
comment on column action_versions.value is 'As in corporate_actions; null of an event that was told without one that could be.';
comment on column action_versions.currency is 'Currency of a dividend.';
comment on column action_versions.state is 'accepted (in use), withdrawn (was in use), held, released (was held, until a person let it in), rejected (was held, and is never to be used), cured (was held, until a later answer told it otherwise) or warned.';
comment on column action_versions.reason is 'Which rule holds it and what it saw; who says so; why it is no more.';
comment on column action_versions.known_from is 'Since when it was in use, or was held.';
comment on column action_versions.known_to is 'Until when it was in use, or was held; null while it lasts.';
comment on column action_versions.source is 'Who said so.';
comment on column action_versions.run_id is 'Run that stored or held it, or decision.';
