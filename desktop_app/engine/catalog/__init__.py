"""All DuckDB: the catalogue is the truth."""
