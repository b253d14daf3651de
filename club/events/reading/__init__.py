"""Questions about events: for staff, for members, and afterwards."""
