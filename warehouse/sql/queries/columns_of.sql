-- The columns of a table of ours in an attached database, in their order. Parameters: database, table.
select column_name, data_type
from duckdb_columns()
where database_name = $database and schema_name = 'base' and table_name = $table
order by column_index
