"""All FAISS: indexes are caches of the catalogue's vectors."""
