"""What is kept and how it is asked: schemas, the lake, market facts, rules, the DuckDB file. No Prefect, no network."""
