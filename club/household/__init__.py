"""Members who live together and may spend each other's points."""
