"""Taking in files: reading tables, judging cells, saying what is wrong, and writing many rows at once."""
