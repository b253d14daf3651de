"""Getting in: sign-in by any identifier, mailed links, reset, change of address."""
