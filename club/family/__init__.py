"""Whom members name as their family: only what they say, used for what is said beside it."""
