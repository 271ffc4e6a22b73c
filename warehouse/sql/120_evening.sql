-- Both markets of a date together: one row, one text.
create view evening as
with wraps as (
    select * from base.market_wrap
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
        string_agg(w.headline, ' ' order by w.market desc, w.index_symbol desc) as text
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
comment on column evening.text is 'The headlines of the evening in one text.';
