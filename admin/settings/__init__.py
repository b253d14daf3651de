"""Settings of the club, one page a section."""

from admin.settings import backups, brand, club, contact, keeping, legal, limits, mail, overview, points

__all__ = ["backups", "brand", "club", "contact", "keeping", "legal", "limits", "mail", "overview", "points"]
