"""What the club is and does: rules, rows and use cases. Knows no page."""
