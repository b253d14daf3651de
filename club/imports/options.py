"""What is chosen for one file: which of its columns is which of ours, and how it is to be taken in."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from club.errors import BadFile
from club.imports.rules import Kind
from club.intake.table import Chosen, Columns
from club.joining.importing import COLUMNS as MEMBER_COLUMNS
from club.leads.importing import COLUMNS as LEAD_COLUMNS
from club.points.openings import COLUMNS as POINTS_COLUMNS
from club.purchases.importing.rows import COLUMNS as PURCHASE_COLUMNS

COLUMNS: Mapping[Kind, Columns] = {
    Kind.MEMBERS: MEMBER_COLUMNS,
    Kind.PURCHASES: PURCHASE_COLUMNS,
    Kind.POINTS: POINTS_COLUMNS,
    Kind.LEADS: LEAD_COLUMNS,
}


@dataclass(frozen=True, kw_only=True)
class Options:
    """How one file is to be taken in."""

    delimiter: str
    width: int
    places: Mapping[str, int]
    """Our column → where it stands in the file."""
    creates_members: bool = False
    channel: str = ""
    decimal: str | None = None
    takes_doubtful: bool = False
    consent_source: str = ""
    consent_day: str = ""
    source_id: int | None = None
    """Of a list of people to be won: its source."""

    @property
    def chosen(self) -> Chosen:
        """As a file is opened."""
        return Chosen(self.delimiter, self.places, self.width)

    @property
    def stored(self) -> dict[str, Any]:
        """As the run keeps it."""
        return {**asdict(self), "places": dict(self.places)}


def options_of(stored: Mapping[str, Any]) -> Options | None:
    """Back from what the run keeps; None before anything was chosen."""
    return Options(**stored) if stored else None


def check_options(kind: Kind, options: Options) -> None:
    """Raise `BadFile` for columns that are missing, unknown, used twice or not in the file."""
    known = COLUMNS[kind]
    if (kind is Kind.LEADS) != (options.source_id is not None):
        raise BadFile("say from which source its people are")
    places = list(options.places.values())
    missing = [name for name in known.required if name not in options.places]
    if missing:
        raise BadFile(f"say which column is: {', '.join(missing)}")
    if set(options.places) - set(known.all) or any(not 0 <= place < options.width for place in places):
        raise BadFile("its columns are not those that were matched")
    if len(set(places)) != len(places):
        raise BadFile("one of its columns is matched twice")
