"""A file of purchases: what its rows say, and many purchases written at once."""
