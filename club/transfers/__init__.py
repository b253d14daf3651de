"""Members pass points on to each other, where the club allows it."""
