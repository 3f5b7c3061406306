"""The `akin` command line: thin, over `Library`. Works without a display and without Qt."""
