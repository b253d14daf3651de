"""Requests, the forms on which people ask, and where they come from."""

from admin.leads import forms, listed, new, sources

__all__ = ["forms", "listed", "new", "sources"]
