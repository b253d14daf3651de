"""The use case: read the file, stage it, take in what is bought, then what is given back, then look at the tiers.

Each batch is one transaction that leaves nothing half done, and every row can be recognised by its reference. So an
import that is killed is simply run again: what is there already is found to be the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TypedDict, cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from club.accrual.importing.bought import take_in_bought
from club.accrual.importing.given_back import take_in_given_back
from club.accrual.importing.taking import Taking
from club.audit import record
from club.clock import club_day
from club.database import transaction
from club.errors import Refusal
from club.intake import staging
from club.intake.complaints import Complaints
from club.intake.staging import FileRow, Progress, Sums
from club.intake.table import Chosen, Table, open_table
from club.members.importing import count_made, count_members
from club.money import exponent
from club.permissions import Permission, Role, require
from club.programme.models import the_club
from club.purchases.importing.rows import COLUMNS, PurchaseReader, purchases_in
from club.purchases.models import Correction, Purchase
from club.tiers.service import reassess_all, reassess_returned

TILL = "till"


@dataclass(frozen=True, kw_only=True)
class PurchaseFile:
    """A file and how to take it. `channel` is for rows that name none; `decimal` is "point", "comma" or to be found.

    `run_id` is a run that exists already: one that waits in the list of imports, or one that was killed.
    """

    path: Path
    channel: str = TILL
    creates_members: bool = False
    is_dry_run: bool = False
    tells_members: bool = False
    encoding: str | None = None
    decimal: str | None = None
    chosen: Chosen | None = None
    run_id: int | None = None


class Counts(TypedDict):
    """What an operator reads by machine; the amount in minor units."""

    rows: int
    new: int
    same: int
    errors: int
    members_created: int
    amount_cents: int


@dataclass(frozen=True, kw_only=True)
class Imported:
    """What came of it. `rows` = `new` + `same` + `errors`; `amount` is the sum of the new purchases, in minor units."""

    rows: int
    new: int
    same: int
    errors: int
    members_created: int
    amount: int
    given_back: int
    """Minor units of the new returns; not taken off `amount`."""
    points: int
    in_file: Sums
    in_club: Sums
    """What of the file is in the club now; its `members` are all that the club has."""
    written: str
    """How the file was read, for people."""
    unknown_columns: tuple[str, ...]

    @property
    def counts(self) -> Counts:
        """What is kept of it."""
        return {
            "rows": self.rows,
            "new": self.new,
            "same": self.same,
            "errors": self.errors,
            "members_created": self.members_created,
            "amount_cents": self.amount,
        }


@dataclass
class _Reading:
    """Counts the rows of a file while they are read."""

    table: Table
    reader: PurchaseReader
    complaints: Complaints
    progress: Progress
    rows: int = field(default=0)

    def staged(self) -> Iterator[FileRow]:
        """The rows that can be read; the others are complained about."""
        with self.table.records() as records:
            for record_ in records:
                self.rows += 1
                if self.rows % staging.BATCH == 0:
                    self.progress("reading", records.bytes_read, records.size)
                row = self.reader.read(record_)
                if isinstance(row, FileRow):
                    yield row
                else:
                    self.complaints.add_all(row)


def _silently(_step: str, _done: int, _of: int) -> None:
    pass


def import_purchases(
    db: Session,
    file: PurchaseFile,
    by: int | None,
    role: Role | None,
    now: datetime,
    complaints: Complaints,
    progress: Progress = _silently,
) -> Imported:
    """Take in a file of purchases and returns; raises `NotAllowed`, `NoProgramme` and `BadFile`.

    Rows that cannot be used are added to `complaints` and nothing else is lost. Mails nobody unless the file says so.
    """
    require(role, Permission.IMPORT_DATA)
    club = the_club(db)
    today = club_day(now, club.time_zone)
    table = open_table(file.path, COLUMNS, file.encoding, file.chosen)
    reader = purchases_in(
        table, today=today, exponent=exponent(club.currency), channel=file.channel, decimal=file.decimal
    )
    run_id = staging.begin_or_resume(db, file.run_id, "purchases", file.path.name, by, now)
    reading = _Reading(table, reader, complaints, progress)
    try:
        staged = staging.stage(db, run_id, reading.staged())
        staging.number_equal_rows(db, run_id, staged)
        taking = Taking(
            run_id=run_id, club=club, today=today, now=now, by=by, staged=staged, complaints=complaints,
            progress=progress, creates_members=file.creates_members, is_dry_run=file.is_dry_run,
        )  # fmt: skip
        take_in_bought(db, taking)
        take_in_given_back(db, taking)
        staging.must_be_whole(db, run_id, staged)
    except Refusal:
        staging.clear(db, run_id)
        raise
    imported = _imported(db, reading, taking)
    if file.is_dry_run:
        staging.end_trial(db, run_id, is_listed=file.run_id is not None)
        return imported
    imported = _in_all(db, run_id, imported)
    progress("tiers", 0, 1)
    reassess_returned(db, today, now)
    reassess_all(db, today, now, silent=not file.tells_members)
    _finish(db, taking, imported)
    return imported


def _imported(db: Session, reading: _Reading, taking: Taking) -> Imported:
    return Imported(
        rows=reading.rows,
        new=taking.new,
        same=taking.same,
        errors=taking.complaints.rows,
        members_created=taking.members_created,
        amount=taking.amount,
        given_back=taking.given_back,
        points=taking.points,
        in_file=staging.sums(db, taking.run_id),
        in_club=taking.there._replace(members=count_members(db)),
        written=reading.table.described,
        unknown_columns=reading.table.unknown,
    )


def _in_all(db: Session, run_id: int, imported: Imported) -> Imported:
    """What all attempts of this run brought: one that was killed and taken over ends as if nothing had happened."""
    bought = select(func.count(), func.sum(Purchase.amount), func.sum(Purchase.points)).where(
        Purchase.import_id == run_id
    )
    back = select(func.count(), func.sum(Correction.amount), func.sum(Correction.points)).where(
        Correction.import_id == run_id
    )
    purchases, amount, points = db.execute(bought).one()
    returns, given_back, points_back = db.execute(back).one()
    new = purchases + returns
    return replace(
        imported,
        new=new,
        same=imported.rows - imported.errors - new,
        members_created=count_made(db, run_id),
        amount=int(amount or 0),
        given_back=int(given_back or 0),
        points=int(points or 0) - int(points_back or 0),
    )


def _finish(db: Session, taking: Taking, imported: Imported) -> None:
    staging.clear(db, taking.run_id)
    with transaction(db) as tx:
        staging.finish(tx, taking.run_id, cast("dict[str, int]", imported.counts), taking.now)
        record(tx, "purchases.imported", "import_run", taking.run_id, by=taking.by, now=taking.now, **imported.counts)
