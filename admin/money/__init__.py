"""Money and orders: payments beside their orders, refunds, disputes, messages that did not fit; invoices."""

from admin.money import acts, credit, listed

__all__ = ["acts", "credit", "listed"]
