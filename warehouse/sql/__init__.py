"""One view a file, numbered, and what makes the DuckDB file of them and asks it."""
