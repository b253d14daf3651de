"""Taking in a file of opening balances: points that members bring from an older system, with the day they end."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import blake2b
from pathlib import Path
from typing import TypedDict, cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from club.audit import record
from club.clock import club_day
from club.database import Transaction, transaction
from club.errors import Refusal
from club.intake import staging
from club.intake.bulk import chosen, insert_many, reserve_ids, write_or_decide_again
from club.intake.cells import BadCell, day_in, whole_in
from club.intake.complaints import Complaint, Complaints
from club.intake.listed import Listed
from club.intake.staging import FileRow, Progress, StagedRow
from club.intake.table import Columns, Record, Table, open_table
from club.members.importing import known_by
from club.permissions import Permission, Role, require
from club.points.importing import earn_many
from club.points.models import BALANCES, OPENINGS
from club.points.rules import MOST_POINTS, Earned
from club.programme.models import the_club

COLUMNS = Columns(("member", "points", "expires"), ("reference",))
EARNED = "opening.earned"
NEVER = date.max
"""Stands for "no end" on the way in."""
BATCH = 5_000
LONGEST_KEY, LONGEST_REFERENCE = 254, 100


class Counts(TypedDict):
    """What an operator reads by machine."""

    rows: int
    new: int
    same: int
    errors: int
    points: int


@dataclass(frozen=True, kw_only=True)
class Opened:
    """What came of it. `points_in_file` beside `points_there` shows whether all of the old system came over."""

    counts: Counts
    points_in_file: int
    points_there: int
    """What of the file is in the club, new or known before."""
    members_in_file: int
    points_of_all: int
    """Active and pending points of all members."""
    written: str
    unknown_columns: tuple[str, ...]


@dataclass(kw_only=True)
class _Taking:
    run_id: int
    today: date
    now: datetime
    complaints: Complaints
    is_dry_run: bool
    new: int = 0
    same: int = 0
    points: int = 0
    there: int = 0


@dataclass
class _Decided:
    new: list[tuple[StagedRow, int]] = field(default_factory=list)
    same: list[StagedRow] = field(default_factory=list)
    complaints: list[Complaint] = field(default_factory=list)


def import_opening_balances(
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
) -> Opened:
    """Every row becomes a lot that is active at once. The same file twice adds nothing.

    Raises `NotAllowed`, `NoProgramme` and `BadFile`.
    """
    require(role, Permission.IMPORT_DATA)
    today = club_day(now, the_club(db).time_zone)
    table = open_table(path, COLUMNS, encoding, listed.chosen if listed else None)
    run_id = staging.begin_or_resume(db, listed.run_id if listed else None, "points", path.name, by, now)
    taking = _Taking(run_id=run_id, today=today, now=now, complaints=complaints, is_dry_run=is_dry_run)
    try:
        staged = staging.stage(db, run_id, _rows(table, today, complaints, progress))
        staging.number_equal_rows(db, run_id, staged)
        _take_in(db, taking, progress, staged)
        staging.must_be_whole(db, run_id, staged)
    except Refusal:
        staging.clear(db, run_id)
        raise
    opened = _opened(db, taking, table)
    if is_dry_run:
        staging.end_trial(db, run_id, is_listed=listed is not None)
        return opened
    staging.clear(db, run_id)
    progress("closing", 0, 1)
    with transaction(db) as tx:
        staging.finish(tx, run_id, cast("dict[str, int]", opened.counts), now)
        record(tx, "points.imported", "import_run", run_id, by=by, now=now, **opened.counts)
    return opened


# --- reading


def _rows(table: Table, today: date, complaints: Complaints, progress: Progress) -> Iterator[FileRow]:
    with table.records() as records:
        for record_ in records:
            if record_.number % BATCH == 0:
                progress("reading", records.bytes_read, records.size)
            row = _read(record_, today)
            if isinstance(row, FileRow):
                yield row
            else:
                complaints.add_all(row)


def _read(record_: Record, today: date) -> FileRow | list[Complaint]:
    """What the row says, or what is wrong with it."""
    number, (member, points, expires, reference), surplus = record_
    if surplus:
        return [Complaint(number, "", "", "there are more cells than columns; quote those with the delimiter")]
    wrong = []
    ends, sum_ = NEVER, 0
    if not 0 < len(member) <= LONGEST_KEY or not member.isprintable():
        wrong.append(Complaint(number, "member", member, "give a member number, an e-mail address or an id"))
    if len(reference) > LONGEST_REFERENCE:
        wrong.append(
            Complaint(number, "reference", reference, f"this is too long; {LONGEST_REFERENCE} letters at most")
        )
    try:
        sum_ = _points(points)
    except BadCell as bad:
        wrong.append(Complaint(number, "points", points, str(bad)))
    try:
        ends = _end(expires, today) if expires else NEVER
    except BadCell as bad:
        wrong.append(Complaint(number, "expires", expires, str(bad)))
    if wrong:
        return wrong
    content = blake2b(f"{member.casefold()}\x1f{sum_}\x1f{ends}".encode(), digest_size=16).digest()
    return FileRow(number, member, "points", " ".join(reference.split()) or None, None, ends, sum_, "", None, content)


def _points(text: str) -> int:
    points = whole_in(text)
    if points > MOST_POINTS:
        raise BadCell("this is more than any member has")
    return points


def _end(text: str, today: date) -> date:
    end = day_in(text)
    if end < today:
        raise BadCell("these points have ended already; leave the row out")
    return end


# --- taking in


def _take_in(db: Session, taking: _Taking, progress: Progress, staged: int) -> None:
    after = done = 0
    while rows := staging.staged_rows(db, taking.run_id, after=after, limit=BATCH):
        after, done = rows[-1].number, done + len(rows)
        _take_in_batch(db, taking, rows)
        progress("writing", done, staged)


def _take_in_batch(db: Session, taking: _Taking, rows: Sequence[StagedRow]) -> None:
    def decide() -> _Decided:
        return _decide(db, taking, rows)

    def write(tx: Transaction, decided: _Decided) -> None:
        _write(tx, taking, decided.new)

    decided = decide() if taking.is_dry_run else write_or_decide_again(db, decide, write)
    taking.complaints.add_all(decided.complaints)
    points = sum(row.amount for row, _ in decided.new)
    taking.new += len(decided.new)
    taking.same += len(decided.same)
    taking.points += points
    taking.there += points + sum(row.amount for row in decided.same)


def _decide(db: Session, taking: _Taking, rows: Sequence[StagedRow]) -> _Decided:
    decided = _Decided()
    known = known_by(db, {row.member_key for row in rows})
    columns = OPENINGS.c
    seen = {
        row.reference: row.content
        for row in db.execute(
            select(columns.reference, columns.content).where(
                columns.reference.in_(chosen(db, (row.reference for row in rows)))
            )
        )
    }
    if taking.is_dry_run:
        given = {row.reference for row in rows}
        for earlier in staging.with_reference(db, taking.run_id, given, before=rows[0].number):
            seen.setdefault(earlier.reference, earlier.content)
    for row in rows:
        member = known.get(row.member_key)
        if seen.get(row.reference) == row.content:
            decided.same.append(row)
        elif row.reference in seen:
            what = "this reference belongs to something else already; give the row a reference of its own"
            decided.complaints.append(Complaint(row.number, "reference", row.reference, what))
        elif member is None or not member.is_member:
            what = "no member has this number, address or id; correct it, or import the members first"
            decided.complaints.append(Complaint(row.number, "member", row.member_key, what))
        else:
            seen[row.reference] = row.content
            decided.new.append((row, member.person_id))
    return decided


def _write(tx: Transaction, taking: _Taking, new: Sequence[tuple[StagedRow, int]]) -> None:
    ids = reserve_ids(tx, OPENINGS, len(new))
    ends = [None if row.dated_on == NEVER else row.dated_on for row, _ in new]
    insert_many(
        tx,
        OPENINGS,
        ("id", "member_id", "reference", "points", "expires_on", "import_id", "content"),
        [
            (opening_id, member_id, row.reference, row.amount, end, taking.run_id, row.content)
            for opening_id, (row, member_id), end in zip(ids, new, ends, strict=True)
        ],
    )
    earned = [
        Earned(member_id, EARNED, opening_id, row.amount, taking.today, taking.today, end)
        for opening_id, (row, member_id), end in zip(ids, new, ends, strict=True)
    ]
    earn_many(tx, earned, taking.today, taking.now)


def _opened(db: Session, taking: _Taking, table: Table) -> Opened:
    in_file = staging.sums(db, taking.run_id)
    errors = taking.complaints.rows
    new, points = (taking.new, taking.points) if taking.is_dry_run else _brought(db, taking.run_id)
    return Opened(
        counts={
            "rows": taking.new + taking.same + errors,
            "new": new,
            "same": taking.new + taking.same - new,
            "errors": errors,
            "points": points,
        },
        points_in_file=in_file.bought,
        points_there=taking.there,
        members_in_file=in_file.members,
        points_of_all=int(db.scalar(select(func.sum(BALANCES.c.active + BALANCES.c.pending))) or 0),
        written=table.described,
        unknown_columns=table.unknown,
    )


def _brought(db: Session, run_id: int) -> tuple[int, int]:
    """Rows and points that came with this run, whichever attempt of it took them in."""
    rows, points = db.execute(
        select(func.count(), func.sum(OPENINGS.c.points)).where(OPENINGS.c.import_id == run_id)
    ).one()
    return rows, int(points or 0)
