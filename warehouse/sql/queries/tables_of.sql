-- The tables of ours in an attached database. Parameter: database.
select table_name
from duckdb_tables()
where database_name = $database and schema_name = 'base'
order by table_name
