"""The first days of a club: what is still to be set up, computed from what stands."""
