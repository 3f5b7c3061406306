"""Worker processes: read one file each, return arrays, may die without harm."""
