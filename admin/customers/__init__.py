"""Customers as staff look through them: the one search, the list with its views, tags and export, and one's data."""

from admin.customers import acts, consents, edit, listed, search, views

__all__ = ["acts", "consents", "edit", "listed", "search", "views"]
