"""People from first contact on: where they came from, what they asked for, and the forms on which they ask."""
