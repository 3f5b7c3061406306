"""Optional neural models: what there is, getting one, checking it, and the process that runs it."""
