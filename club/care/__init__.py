"""What staff write about a customer, what is to be done and what was promised, and who looks after whom."""
