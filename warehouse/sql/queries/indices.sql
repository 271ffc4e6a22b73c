-- The indices that have a wrap, followed ones first.
select index_symbol, index_code, name, name_zh, name_zh_hans from indices order by role, market desc, launched_on, index_symbol desc
