"""Measured figures: `make bench`. Prints, asserts no time."""
