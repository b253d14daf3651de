"""The use case: every row is somebody new, somebody known who changes, or somebody known as they are."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TypedDict, cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from club.audit import record
from club.clock import club_day
from club.database import Transaction, transaction
from club.intake import staging
from club.intake.bulk import write_or_decide_again
from club.intake.complaints import Complaint, Complaints
from club.intake.listed import Listed
from club.intake.models import ImportChange
from club.intake.staging import Progress
from club.intake.table import Table, open_table
from club.joining.importing.doubts import doubts_about
from club.joining.importing.known import Change, changes_of, current, held_by_rung
from club.joining.importing.rows import COLUMNS, PersonReader, PersonRow
from club.joining.importing.writing import Writer
from club.members.importing import Owners, count_made, count_members, owners
from club.permissions import Permission, Role, require
from club.programme.models import the_club
from club.programme.rules import Club
from club.tiers.models import ladder_on
from club.tiers.rules import DatedLadder

BATCH = 1_000
CHANGES_SHOWN = 20
SEVERAL = "these belong to different people; correct the row, or leave out what is wrong"


class Counts(TypedDict):
    """What an operator reads by machine."""

    rows: int
    new: int
    changed: int
    same: int
    errors: int


@dataclass(kw_only=True)
class PeopleImported:
    """What came of it. `changes` are the first ones, for people to read."""

    rows: int = 0
    new: int = 0
    changed: int = 0
    same: int = 0
    errors: int = 0
    doubtful: int = 0
    """Rows left out because they look like somebody who is known already."""
    changes: list[str] = field(default_factory=list)
    changed_people: list[Change] = field(default_factory=list)
    """The same ones, as values."""
    tiers_in_file: dict[str, int] = field(default_factory=dict)
    tiers_in_club: dict[str, int] = field(default_factory=dict)
    members_in_club: int = 0
    written: str = ""
    unknown_columns: tuple[str, ...] = ()

    @property
    def counts(self) -> Counts:
        """What is kept of it."""
        return {
            "rows": self.rows,
            "new": self.new,
            "changed": self.changed,
            "same": self.same,
            "errors": self.errors,
        }


@dataclass(kw_only=True)
class _Taking:
    club: Club
    today: date
    ladder: DatedLadder
    complaints: Complaints
    is_dry_run: bool
    run_id: int | None
    doubts: Complaints | None
    writer: Writer
    imported: PeopleImported


@dataclass
class _Decided:
    new: list[PersonRow] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    same: int = 0
    complaints: list[Complaint] = field(default_factory=list)
    doubts: list[Complaint] = field(default_factory=list)


def import_members(
    db: Session,
    path: Path,
    by: int | None,
    role: Role | None,
    now: datetime,
    complaints: Complaints,
    progress: Progress,
    *,
    is_dry_run: bool = False,
    encoding: str | None = None,
    listed: Listed | None = None,
) -> PeopleImported:
    """Take in people, their old cards, tiers and consents. Mails nobody, gives nobody a sign-in or a bonus.

    Raises `NotAllowed`, `NoProgramme` and `BadFile`.
    """
    require(role, Permission.IMPORT_DATA)
    club = the_club(db)
    today = club_day(now, club.time_zone)
    dated = ladder_on(db, today)
    table = open_table(path, COLUMNS, encoding, listed.chosen if listed else None)
    imported = PeopleImported(written=table.described, unknown_columns=table.unknown)
    run_id = listed.run_id if listed else None if is_dry_run else staging.begin(db, "members", path.name, by, now)
    taking = _Taking(
        club=club, today=today, ladder=dated, complaints=complaints, is_dry_run=is_dry_run, imported=imported,
        run_id=run_id, doubts=listed.doubts if listed else None,
        writer=Writer(club, today, dated, path.name, by, now, run_id or 0),
    )  # fmt: skip
    reader = PersonReader(today, club.country, dated.ladder, *_consent_said(table, listed))
    for batch in _apart(_rows(table, reader, taking, progress)):
        _take_in(db, taking, batch)
    imported.errors = complaints.rows
    imported.members_in_club = count_members(db)
    imported.tiers_in_club = held_by_rung(db, dated, imported.members_in_club)
    if run_id is not None and not is_dry_run:
        progress("closing", 0, 1)
        _count_all_attempts(db, run_id, imported)
        with transaction(db) as tx:
            staging.finish(tx, run_id, cast("dict[str, int]", imported.counts), now)
            record(tx, "members.imported", "import_run", run_id, by=by, now=now, **imported.counts)
    return imported


def _consent_said(table: Table, listed: Listed | None) -> tuple[str, str, bool]:
    """Source and day of consents for rows that name none, and whether each has to have them."""
    if listed is None:
        return "", "", False
    return listed.consent_source, listed.consent_day, table.has("consent_email")


def _count_all_attempts(db: Session, run_id: int, imported: PeopleImported) -> None:
    """A run that was killed and taken over tells what all its attempts did."""
    changed = select(func.count()).where(ImportChange.import_id == run_id, ImportChange.kind == "changed")
    known = imported.new + imported.changed + imported.same
    imported.new = count_made(db, run_id)
    imported.changed = db.scalar(changed) or 0
    imported.same = max(0, known - imported.new - imported.changed)


def _rows(table: Table, reader: PersonReader, taking: _Taking, progress: Progress) -> Iterator[PersonRow]:
    with table.records() as records:
        for record_ in records:
            taking.imported.rows += 1
            if taking.imported.rows % BATCH == 0:
                progress("members", records.bytes_read, records.size)
            row = reader.read(record_)
            if isinstance(row, PersonRow):
                yield row
            else:
                taking.complaints.add_all(row)


def _apart(rows: Iterable[PersonRow]) -> Iterator[list[PersonRow]]:
    """Batches in which nobody can occur twice."""
    batch: list[PersonRow] = []
    seen: set[tuple[str, str]] = set()
    for row in rows:
        if len(batch) >= BATCH or seen & row.keys:
            yield batch
            batch, seen = [], set()
        batch.append(row)
        seen |= row.keys
    if batch:
        yield batch


def _take_in(db: Session, taking: _Taking, rows: Sequence[PersonRow]) -> None:
    def decide() -> _Decided:
        return _decide(db, taking, rows)

    def write(tx: Transaction, decided: _Decided) -> None:
        taking.writer.write(tx, decided.new, decided.changed)

    decided = decide() if taking.is_dry_run else write_or_decide_again(db, decide, write)
    imported = taking.imported
    taking.complaints.add_all(decided.complaints)
    if taking.doubts is not None:
        taking.doubts.add_all(decided.doubts)
    imported.doubtful += len(decided.doubts)
    imported.new += len(decided.new)
    imported.changed += len(decided.changed)
    imported.same += decided.same
    for change in decided.changed[: CHANGES_SHOWN - len(imported.changes)]:
        imported.changes.append(f"row {change.row.row}: {change.said}")
        imported.changed_people.append(change)
    for row in rows:
        if row.tier is not None:
            key = taking.ladder.ladder.rungs[row.tier].key
            imported.tiers_in_file[key] = imported.tiers_in_file.get(key, 0) + 1


def _decide(db: Session, taking: _Taking, rows: Sequence[PersonRow]) -> _Decided:
    decided = _Decided()
    whose = owners(
        db,
        numbers={row.member_number for row in rows if row.member_number},
        emails={row.email_key for row in rows if row.email_key},
        identifiers={value for row in rows for _, value in row.identifiers},
    )
    meant = [(row, _people_meant(row, whose)) for row in rows]
    known = current(db, {person_id for _, people in meant for person_id in people})
    for row, people in meant:
        if len(people) > 1:
            decided.complaints.append(Complaint(row.row, "name", row.name, SEVERAL))
        elif not people:
            decided.new.append(row)
        else:
            change = changes_of(row, known[people.pop()], taking.today, taking.ladder)
            if isinstance(change, Complaint):
                decided.complaints.append(change)
            elif change is None:
                decided.same += 1
            else:
                decided.changed.append(change)
    if taking.doubts is not None:
        _leave_out_doubtful(db, taking, decided)
    return decided


def _leave_out_doubtful(db: Session, taking: _Taking, decided: _Decided) -> None:
    decided.doubts = doubts_about(db, decided.new, taking.run_id)
    doubtful = {doubt.row for doubt in decided.doubts}
    decided.new = [row for row in decided.new if row.row not in doubtful]


def _people_meant(row: PersonRow, whose: Owners) -> set[int]:
    found = [
        whose.by_number.get(row.member_number or ""),
        whose.by_email.get(row.email_key or ""),
        *(whose.by_identifier.get(value) for _, value in row.identifiers),
    ]
    return {known.person_id for known in found if known is not None}
