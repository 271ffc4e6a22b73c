-- Provisional sessions that turned out to be none. Parameter: market.
select trade_date from sessions where market = $market and confirmed = false order by trade_date
