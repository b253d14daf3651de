"""What the parts of one import share: what it may do, and what came of it so far."""

from dataclasses import dataclass, field
from datetime import date, datetime

from club.intake.complaints import Complaints
from club.intake.staging import Progress, Sums
from club.programme.rules import Club

OTHER_CONTENT = "this reference belongs to something else already; give the row a reference of its own"


@dataclass(kw_only=True)
class Taking:
    """One import on its way."""

    run_id: int
    club: Club
    today: date
    now: datetime
    by: int | None
    staged: int
    complaints: Complaints
    progress: Progress
    creates_members: bool
    is_dry_run: bool
    done: int = 0
    new: int = 0
    same: int = 0
    members_created: int = 0
    amount: int = 0
    given_back: int = 0
    points: int = 0
    there: Sums = field(default_factory=lambda: Sums(0, 0, 0, 0, 0))
    """What of the file is in the club now, new or known before."""

    def move_on(self, rows: int) -> None:
        """So many more rows are dealt with."""
        self.done += rows
        self.progress("writing", self.done, self.staged)
