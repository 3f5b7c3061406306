"""The query language and similarity search."""
