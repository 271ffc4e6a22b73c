-- How far our closes and an official source's agree, a session; and which sessions it was asked for and has not told yet.
create view agreement as
with counted as (
    select
        market,
        trade_date,
        source,
        count(*) as compared,
        count(*) filter (where finding = 'equal') as equal,
        count(*) filter (where finding in ('basis', 'coarse')) as explained,
        count(*) filter (where finding = 'basis') as explained_basis,
        count(*) filter (where finding = 'coarse') as explained_coarse,
        count(*) filter (where finding = 'settled') as settled,
        count(*) filter (where finding = 'differs') as unexplained,
        arg_max(symbol, (abs(close / official_close - 1), symbol)) filter (where finding = 'differs') as worst_symbol,
        arg_max(close, (abs(close / official_close - 1), symbol)) filter (where finding = 'differs') as worst_close,
        arg_max(official_close, (abs(close / official_close - 1), symbol)) filter (where finding = 'differs')
            as worst_official_close
    from base.comparisons
    semi join base.session_grid using (market, trade_date)
    group by market, trade_date, source
),
distributions as (
    select market, trade_date, official_source as source, count(*) as explained_distribution
    from base.prices
    where market = 'CN' and is_official_reference
        and abs(reference_price - computed_reference) between 0.005 and 0.02 + 1e-9
    group by market, trade_date, official_source
),
asked as (
    select a.market, a.trade_date, a.source, arg_max(a.outcome, (a.asked_at, a.outcome)) as outcome
    from base.official_answers as a
    join base.session_grid as g on g.market = a.market and g.trade_date = a.trade_date
    group by a.market, a.trade_date, a.source
),
final as (
    select
        coalesce(c.market, a.market) as market,
        coalesce(c.trade_date, a.trade_date) as trade_date,
        coalesce(c.source, a.source) as source,
        coalesce(c.compared, 0) as compared,
        coalesce(c.equal, 0) as equal,
        coalesce(c.explained, 0) as explained,
        coalesce(c.unexplained, 0) as unexplained,
        c.equal / c.compared as share,
        c.worst_symbol,
        c.worst_close / c.worst_official_close - 1 as worst_difference,
        c.worst_close,
        c.worst_official_close,
        coalesce(c.settled, 0) as settled,
        coalesce(c.explained_basis, 0) as explained_basis,
        coalesce(c.explained_coarse, 0) as explained_coarse,
        coalesce(d.explained_distribution, 0) as explained_distribution,
        a.outcome
    from counted as c
    full join asked as a on a.market = c.market and a.trade_date = c.trade_date and a.source = c.source
    left join distributions as d on d.market = c.market and d.trade_date = c.trade_date and d.source = c.source
)
select * from final order by trade_date, market, source;

comment on view agreement is 'One row a market, session and official source: how many of our closes are compared with its, and how many are equal. Compared, never certified.';
comment on column agreement.market is 'HK or CN.';
comment on column agreement.trade_date is 'Local date of the session.';
comment on column agreement.source is 'The official source: hkex prints for itself, baostock is a vendor that repeats the exchanges.';
comment on column agreement.compared is 'Stocks with a bar of ours and a close of the source: equal + explained + settled + unexplained.';
comment on column agreement.equal is 'Closes under half the smaller tick of the two prices apart.';
comment on column agreement.explained is 'Closes that differ for a reason that is seen: explained_basis + explained_coarse.';
comment on column agreement.unexplained is 'Closes that differ and nobody knows why: see cross_checks.';
comment on column agreement.share is 'equal / compared; null where nothing is compared, for one that is not published is not one that differs.';
comment on column agreement.worst_symbol is 'The stock with the largest unexplained difference; null where all are explained.';
comment on column agreement.worst_difference is 'worst_close / worst_official_close - 1, a fraction.';
comment on column agreement.worst_close is 'Our close of that stock.';
comment on column agreement.worst_official_close is 'The close of the source.';
comment on column agreement.settled is 'Bars that the source itself gave or let pass: never counted as equal.';
comment on column agreement.explained_basis is 'One factor takes the source''s closes of five neighbouring sessions to ours: the vendor rebased its history.';
comment on column agreement.explained_coarse is 'Within what the vendor rounds, times the splits since.';
comment on column agreement.explained_distribution is 'Not among these, for it is no close: stocks whose reference price on the mainland is up to 0.02 off our arithmetic, as differential distributions take it.';
comment on column agreement.outcome is 'What came of the last question for that evening: ok, not published, another day and so on.';
