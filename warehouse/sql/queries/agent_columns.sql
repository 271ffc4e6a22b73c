-- The columns of a view that may be relied on. Parameter: view.
select c.column_name as name, c.data_type as type, c.comment
from duckdb_columns() as c
join duckdb_views() as v on v.schema_name = c.schema_name and v.view_name = c.table_name and v.database_name = c.database_name
where c.schema_name = 'main' and not v.internal and c.table_name = $view
order by c.column_index
