-- The indices that have a wrap.
select index_symbol, index_code, name from indices where role = 'followed' order by market desc, index_symbol desc
