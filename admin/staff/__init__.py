"""Who works for the club: colleagues, roles in words, invitations, leaving, looking as another role."""

from admin.staff import leaving, listing, looking, one

__all__ = ["leaving", "listing", "looking", "one"]
