"""Offers: the list, the editor with its effect, publishing and ending, picked members, codes of partners, uses."""

from admin.offers import acts, edit, listed, people, uses

__all__ = ["acts", "edit", "listed", "people", "uses"]
