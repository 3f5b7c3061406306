"""The engine: everything but the window."""
