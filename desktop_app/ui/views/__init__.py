"""The grid, the table and the photo viewer."""
