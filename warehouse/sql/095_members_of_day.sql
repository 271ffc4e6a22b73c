-- Each index's members of each covered session beside their row of `prices`; one without a bar has nulls.
create view members_of_day as
with final as (
    select
        k.index_symbol,
        k.trade_date,
        k.symbol,
        n.name,
        k.state,
        p.* exclude (symbol, name, trade_date, market, name_zh, name_zh_hans),
        n.name_zh,
        n.name_zh_hans
    from base.keys as k
    left join prices as p on p.symbol = k.symbol and p.trade_date = k.trade_date
    left join base.dated_names as n
        on n.symbol = k.symbol and base.covers(n.valid_from, n.valid_to, k.trade_date)
    where not k.is_index
)
select * from final order by trade_date, index_symbol, symbol;

comment on view members_of_day is 'One row a followed index, covered session and member of that day, with the row of prices of that day; nulls where it has none.';
comment on column members_of_day.index_symbol is 'Vendor symbol of the index.';
comment on column members_of_day.trade_date is 'Local date of the session.';
comment on column members_of_day.symbol is 'Vendor symbol of the member.';
comment on column members_of_day.name is 'Name of that day; see prices.';
comment on column members_of_day.state is 'received, suspended, held, missing or unobtainable: what became of its bar.';
comment on column members_of_day.name_zh is 'Short name in Traditional Chinese of that day, where one is known.';
comment on column members_of_day.name_zh_hans is 'Short name in Simplified Chinese of that day, where one is known.';
comment on column members_of_day.session_number is 'Number of the session in its market: neighbours differ by 1, so that 20 sessions later is + 20.';
comment on column members_of_day.fill_factor is 'Of a bar that another vendor filled: see prices.';
comment on column members_of_day.turnover_estimate is 'volume x (high + low + close) / 3, in `currency`: an estimate, the vendor gives no amounts.';
comment on column members_of_day.open is 'First price of the day, as traded, in `currency`.';
comment on column members_of_day.high is 'Highest price of the day, as traded, in `currency`.';
comment on column members_of_day.low is 'Lowest price of the day, as traded, in `currency`.';
comment on column members_of_day.close is 'Closing price, as traded, in `currency`.';
comment on column members_of_day.volume is 'Shares traded, as printed that day.';
comment on column members_of_day.previous_close is 'Close of the session before, or the last traded close after a suspension; null when that bar is missing or held.';
comment on column members_of_day.reference_price is 'previous_close adjusted for actions since: splits and bonus issues; on the mainland also cash dividends (the ex-rights reference, to the fen).';
comment on column members_of_day.return_1d is 'close / reference_price - 1, a fraction: the return that the market itself quotes. Null when suspended or without a reference.';
comment on column members_of_day.ex is 'XD: ex-dividend; XR: ex a split or bonus issue; DR: both, on the mainland; null otherwise.';
comment on column members_of_day.dividend is 'Cash dividend per share that went ex since previous_close, in the vendor''s amount; null when none.';
comment on column members_of_day.currency is 'Currency of the prices, as the vendor states it.';
comment on column members_of_day.trading_state is 'traded, suspended or no trade; see prices.';
comment on column members_of_day.resumed is 'True on the first traded day after a suspension.';
comment on column members_of_day.sessions_since_trade is 'Sessions since the stock last traded: 1 unless the session before had no trade; null when no earlier trade is stored.';
comment on column members_of_day.limit_state is 'closed_up, closed_down, touched_up or touched_down (reached in the day, not at the close); null when no limit was reached, or none is known: then limit_up is null too.';
comment on column members_of_day.limit_up is 'Highest price allowed that day, half up to the fen; null in Hong Kong, and where board, ST status, listing or reference price is not known.';
comment on column members_of_day.limit_down is 'Lowest price allowed that day; null as limit_up is.';
comment on column members_of_day.basis is 'evening: captured on its own evening; history: read later.';
comment on column members_of_day.source is 'Who said so; simulated means invented prices of the demonstration market.';
comment on column members_of_day.close_kind is 'traded or nominal; see prices.';
comment on column members_of_day.halted_at_close is 'True where trading was halted within the session and did not come back; see prices.';
comment on column members_of_day.known_from is 'Since when this version is what we hold to be true.';
comment on column members_of_day.reference_source is 'Who says the reference price: an official source on the mainland, where its close before is ours; computed: from previous_close and the corporate actions.';
comment on column members_of_day.computed_reference is 'The reference price by previous_close and the corporate actions, whoever says reference_price.';
comment on column members_of_day.turnover is 'Money dealt, in `currency`, as an official source prints it; null without one: see turnover_estimate.';
comment on column members_of_day.official_close is 'Close as an official source prints it, compared with and never taken for `close`; null without one.';
comment on column members_of_day.official_previous_close is 'Previous close as an official source prints it: on the mainland the reference price; in Hong Kong as printed, adjusted or not, and never divided by.';
comment on column members_of_day.official_state is 'traded, no trade, suspended or halted, as an official source prints it; null without one.';
comment on column members_of_day.official_source is 'The official source of the row: hkex prints for itself, baostock repeats what the exchanges print.';
comment on column members_of_day.printed is 'Whether `close` is as printed on its day. official: equal to the official close; captured: taken on its evening, before anybody could rebase it; on tick: read later, on the tick grid of its day; coarse: as printed but for what the vendor rounded after a split; rebased: by one factor off the official close, see rebased_by; settled: an official source let it pass; differs: not the official close; off tick: rebased by the vendor, by an amount that nobody told.';
comment on column members_of_day.rebased_by is 'Where printed is rebased: close / official_close, the factor that held on five sessions. Returns within the stretch are right, levels are not as printed.';
