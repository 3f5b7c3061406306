"""Item models: ids only, rows on demand."""
