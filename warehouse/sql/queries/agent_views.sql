-- Views and macros that may be relied on, with what they say of themselves.
select view_name as name, comment from duckdb_views() where schema_name = 'main' and not internal
union all
select function_name || '(' || array_to_string(parameters, ', ') || ')', comment
from duckdb_functions()
where schema_name = 'main' and function_type = 'table_macro' and not internal
order by name
