-- How the views and macros in an attached database are written. Parameter: database.
select 'view ' || if(schema_name = 'main', '', schema_name || '.') || view_name as name, sql as definition
from duckdb_views()
where database_name = $database and not internal
union all
select 'macro ' || if(schema_name = 'main', '', schema_name || '.') || function_name as name, macro_definition as definition
from duckdb_functions()
where database_name = $database and not internal and function_type like '%macro'
order by name, definition
