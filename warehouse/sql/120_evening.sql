-- Both markets of a date together: one row, one text.
create view evening as
with wraps as (
    select w.*, i.launched_on
    from base.market_wrap as w
    join base.indices as i on i.index_symbol = w.index_symbol
    where w.role = 'followed'
),
states as (
    select
        trade_date,
        max(state) filter (where market = 'HK') as hk_state,
        max(state) filter (where market = 'CN') as cn_state
    from base.session_status
    group by trade_date
),
open_markets as (
    select trade_date, case when count(*) = 1 then any_value(market) end as only_market
    from base.session_grid
    group by trade_date
),
final as (
    select
        s.trade_date,
        s.hk_state,
        s.cn_state,
        o.only_market,
        max(w.return_1d) filter (where w.index_symbol = '^HSI') as hsi_return_1d,
        max(w.return_1d) filter (where w.index_symbol = 'HSTECH.HK') as hstech_return_1d,
        max(w.return_1d) filter (where w.index_symbol = '000300.SS') as csi300_return_1d,
        any_value(w.leaders) filter (where w.index_symbol = '^HSI') as hsi_leaders,
        any_value(w.leaders) filter (where w.index_symbol = 'HSTECH.HK') as hstech_leaders,
        any_value(w.leaders) filter (where w.index_symbol = '000300.SS') as csi300_leaders,
        any_value(w.laggards) filter (where w.index_symbol = '^HSI') as hsi_laggards,
        any_value(w.laggards) filter (where w.index_symbol = 'HSTECH.HK') as hstech_laggards,
        any_value(w.laggards) filter (where w.index_symbol = '000300.SS') as csi300_laggards,
        string_agg(w.headline, ' ' order by w.market desc, w.launched_on, w.index_symbol desc) as text
    from states as s
    left join open_markets as o on o.trade_date = s.trade_date
    left join wraps as w on w.trade_date = s.trade_date
    group by s.trade_date, s.hk_state, s.cn_state, o.only_market
)
select * from final order by trade_date;

comment on view evening is 'One row a date on which either market had a covered session.';
comment on column evening.trade_date is 'Local date, the same in both markets.';
comment on column evening.hk_state is 'Verdict of the Hong Kong session; null when it had none, or none that a run covered.';
comment on column evening.cn_state is 'Verdict of the mainland session; null when it had none, or none that a run covered.';
comment on column evening.only_market is 'HK or CN on a day that only one of them traded; null on a day of both.';
comment on column evening.hsi_return_1d is 'One-day return of the Hang Seng Index, a fraction.';
comment on column evening.hstech_return_1d is 'One-day return of the Hang Seng TECH Index, a fraction.';
comment on column evening.csi300_return_1d is 'One-day return of the CSI 300, a fraction.';
comment on column evening.hsi_leaders is 'The three best members of the Hang Seng Index, by name.';
comment on column evening.hstech_leaders is 'The three best members of the Hang Seng TECH Index, by name.';
comment on column evening.csi300_leaders is 'The three best members of the CSI 300, by name.';
comment on column evening.hsi_laggards is 'The three worst members of the Hang Seng Index, by name.';
comment on column evening.hstech_laggards is 'The three worst members of the Hang Seng TECH Index, by name.';
comment on column evening.csi300_laggards is 'The three worst members of the CSI 300, by name.';
comment on column evening.text is 'The headlines of the followed indices in one text; evening_indices has every index.';

-- Every index of an evening by row: one more needs no new column.
create view evening_indices as
with owed as (
    select s.trade_date, s.market, s.state as session_state, i.index_symbol, i.index_code, i.name, i.name_zh, i.name_zh_hans, i.role, i.launched_on
    from base.session_status as s
    join base.indices as i on i.market = s.market and s.trade_date >= coalesce(i.launched_on, s.trade_date)
    where s.state <> 'closed'
),
final as (
    select
        o.trade_date,
        row_number() over (
            partition by o.trade_date order by o.role = 'followed' desc, o.market desc, o.launched_on, o.index_symbol desc
        ) as position,
        o.market,
        o.index_symbol,
        o.index_code,
        o.name,
        o.name_zh,
        o.name_zh_hans,
        o.role,
        case when o.session_state = 'pending' then 'pending' else coalesce(w.state, 'partial') end as state,
        w.close,
        w.change_points,
        w.return_1d,
        w.return_wtd,
        w.return_mtd,
        w.return_qtd,
        w.return_ytd,
        w.return_1y,
        w.best_since,
        w.worst_since,
        w.since_status,
        w.streak,
        w.leaders,
        w.laggards,
        w.headline,
        w.headline_zh,
        w.headline_zh_hans,
        w.source
    from owed as o
    left join base.market_wrap as w on w.index_symbol = o.index_symbol and w.trade_date = o.trade_date
)
select * from final order by trade_date, position;

comment on view evening_indices is 'One row a date and index of a market with a covered session, in the order in which they are told; one without a bar has nulls.';
comment on column evening_indices.trade_date is 'Local date, the same in both markets.';
comment on column evening_indices.position is 'The place in the telling: followed indices first, Hong Kong before the mainland, the older before the younger.';
comment on column evening_indices.market is 'HK or CN.';
comment on column evening_indices.index_symbol is 'Vendor symbol.';
comment on column evening_indices.index_code is 'Short code.';
comment on column evening_indices.name is 'Name.';
comment on column evening_indices.name_zh is 'Name in Traditional Chinese.';
comment on column evening_indices.name_zh_hans is 'Name in Simplified Chinese.';
comment on column evening_indices.role is 'followed (with members) or price_only.';
comment on column evening_indices.state is 'As in market_wrap; partial where the index has no bar.';
comment on column evening_indices.close is 'Closing level, points.';
comment on column evening_indices.change_points is 'Move in points.';
comment on column evening_indices.return_1d is 'One-day return, a fraction.';
comment on column evening_indices.return_wtd is 'Week to date, a fraction.';
comment on column evening_indices.return_mtd is 'Month to date, a fraction.';
comment on column evening_indices.return_qtd is 'Quarter to date, a fraction.';
comment on column evening_indices.return_ytd is 'Year to date, a fraction.';
comment on column evening_indices.return_1y is 'Over a year, a fraction.';
comment on column evening_indices.best_since is 'On a gain: the last day with a larger gain; see index_returns.';
comment on column evening_indices.worst_since is 'On a fall: the last day with a larger fall; see index_returns.';
comment on column evening_indices.since_status is 'since, record or incomplete; see index_returns.';
comment on column evening_indices.streak is 'Gains (above zero) or falls (below) in a row.';
comment on column evening_indices.leaders is 'The three best members; null for an index without members here.';
comment on column evening_indices.laggards is 'The three worst members.';
comment on column evening_indices.headline is 'The day in words; see market_wrap.';
comment on column evening_indices.headline_zh is 'The same in Traditional Chinese.';
comment on column evening_indices.headline_zh_hans is 'The same in Simplified Chinese.';
comment on column evening_indices.source is 'Who said so; simulated means invented prices of the demonstration market.';
