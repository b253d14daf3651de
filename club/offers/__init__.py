"""Offers: what the club gives beside points and discounts, to whom, when, how often, and the vouchers that carry it."""
