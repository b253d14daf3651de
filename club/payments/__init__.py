"""Payments by card: the gateway to Stripe, and what it says in values of ours."""
