"""What comes back of orders, and what is given back for it."""
