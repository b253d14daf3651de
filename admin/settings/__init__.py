"""Settings of the club, one page a section."""

from admin.settings import (
    answers,
    backups,
    brand,
    club,
    contact,
    keeping,
    legal,
    limits,
    mail,
    overview,
    points,
    sharing,
)

__all__ = [
    "answers",
    "backups",
    "brand",
    "club",
    "contact",
    "keeping",
    "legal",
    "limits",
    "mail",
    "overview",
    "points",
    "sharing",
]
