"""An import that stands in the list of imports, as opposed to one of the command line."""

from dataclasses import dataclass

from club.intake.complaints import Complaints
from club.intake.table import Chosen


@dataclass(frozen=True, kw_only=True)
class Listed:
    """Which run it is and how its file is to be read."""

    run_id: int
    chosen: Chosen
    consent_source: str = ""
    """Where the consents of the file came from, for rows that do not say so themselves; with it rows must say yes or
    no and a day, see `joining.importing.rows`."""
    consent_day: str = ""
    doubts: Complaints | None = None
    """Where rows go that look like somebody who is known already; None: they are taken in as new people."""
