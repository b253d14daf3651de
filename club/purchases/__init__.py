"""The fact that somebody bought."""
