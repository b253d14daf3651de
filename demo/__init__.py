"""The demonstration club and what it needs around it. Nothing of the product imports this."""
