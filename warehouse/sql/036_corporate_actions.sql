-- Corporate actions as they are known now.
create view corporate_actions as
select market, symbol, ex_date, kind, value, currency, source, known_from
from base.action_versions
where known_to is null;

comment on view corporate_actions is 'One row a symbol, ex-date and kind: the actions that returns and adjusted prices take into account.';
comment on column corporate_actions.market is 'HK or CN.';
comment on column corporate_actions.symbol is 'Vendor symbol.';
comment on column corporate_actions.ex_date is 'First session that trades without it, local date.';
comment on column corporate_actions.kind is 'split (bonus issues and consolidations too), dividend, or unlisted_adjustment: the vendor rebased its history and named no event.';
comment on column corporate_actions.value is 'New shares per old one; of a dividend, money per share as of the ex-date; of an unlisted adjustment, the factor that divides earlier prices.';
comment on column corporate_actions.currency is 'Currency of a dividend as the vendor states it; null otherwise.';
comment on column corporate_actions.source is 'Who said so.';
comment on column corporate_actions.known_from is 'Since when we hold it to be true.';
