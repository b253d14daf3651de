"""Taking in a file of people: members of an older system, with their cards, tiers and consents."""

from club.joining.importing.people import PeopleImported, import_members
from club.joining.importing.rows import COLUMNS

__all__ = ["COLUMNS", "PeopleImported", "import_members"]
