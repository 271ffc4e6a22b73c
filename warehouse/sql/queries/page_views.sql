-- Which views there are of what not every database has.
select view_name from duckdb_views() where view_name in ('market_breadth', 'market_movers', 'industries')
