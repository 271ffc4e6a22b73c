"""The page that a person looks at: one self-contained HTML file a date, made from the DuckDB file alone."""
