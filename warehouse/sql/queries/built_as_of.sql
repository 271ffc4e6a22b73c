-- By what the file was built: of which moment, by which settling time, and for how many years it has every line.
select built_at, settle_minutes, market_years from base.build
