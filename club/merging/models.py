"""Which records were brought together, and every row that moved, so that it can be undone exactly."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    Row,
    String,
    Text,
    and_,
    case,
    func,
    literal,
    select,
    text,
    union_all,
)
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from club.accounts.models import Staff
from club.database import NEVER_REUSED, Base, BigId
from club.errors import NotFound, UnknownMember
from club.members.finding import MOST_WORDS, has_word, named
from club.members.models import Person
from club.members.rules import email_word, pieces
from club.merging.rules import FIELDS, Likeness, Traits, is_likely, likeness, local_part
from club.merging.ways import WAYS, Way, parts
from club.points.models import BALANCES, MOVEMENTS


class Merge(Base):
    """Two records of one human that became one. `survivor` stays, `loser` is kept and shown nowhere."""

    __tablename__ = "person_merge"
    __table_args__ = (
        CheckConstraint("survivor_id <> loser_id", name="two_records"),
        CheckConstraint("(undone_at IS NULL) OR (undone_at >= merged_at)", name="undone_later"),
        Index(
            "uq_person_merge_loser_id",
            "loser_id",
            unique=True,
            sqlite_where=text("undone_at IS NULL"),
            postgresql_where=text("undone_at IS NULL"),
        ),
        Index("ix_person_merge_survivor_id", "survivor_id", "id"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    survivor_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    loser_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    merged_at: Mapped[datetime]
    merged_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    why: Mapped[str] = mapped_column(Text)
    survivor_before: Mapped[dict[str, object]] = mapped_column(JSON)
    """What the record said before: personal, and cleared by erasure."""
    loser_before: Mapped[dict[str, object]] = mapped_column(JSON)
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))


class MergeRow(Base):
    """One row of any table that moved, or was written or ended, by a merge. Undoing reads them backwards."""

    __tablename__ = "person_merge_row"
    __table_args__ = (
        CheckConstraint("act IN ('moved', 'begun', 'ended', 'switched_off')", name="act_known"),
        Index("ix_person_merge_row_merge_id", "merge_id", "id"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    merge_id: Mapped[int] = mapped_column(ForeignKey("person_merge.id"))
    act: Mapped[str] = mapped_column(String(12))
    table_name: Mapped[str] = mapped_column(String(60))
    column_name: Mapped[str] = mapped_column(String(60))
    row_key: Mapped[list[object]] = mapped_column(JSON)
    """The values of its primary key, in order."""


# --- queries


@dataclass(frozen=True)
class Suggestion:
    """A record that is probably the same human, and what the two have in common."""

    person_id: int
    full_name: str
    member_number: str | None
    email: str | None
    phone: str | None
    joined_on: date | None
    common: frozenset[Likeness]
    both_sign_in: bool
    """Both have proved an address of their own: look twice."""


@dataclass(frozen=True, kw_only=True)
class Merged:
    """A merge as its page shows it."""

    id: int
    survivor_id: int
    survivor: str
    loser_id: int
    loser: str
    loser_number: str
    merged_at: datetime
    by: str | None
    why: str
    undone_at: datetime | None
    undone_by: str | None


_TRAITS = (Person.full_name, Person.phone, Person.email_key, Person.birth_year, Person.birth_month, Person.birth_day)
_AT_MOST = 50


def suggestions(db: Session, person_id: int) -> list[Suggestion]:
    """Records that are probably the same human, the likeliest first. Candidates come by index, never by a scan."""
    own = db.execute(select(*_TRAITS, Person.account_id).where(Person.id == person_id)).one()
    mine = _traits(own)
    ways: list[ColumnElement[bool]] = []
    if pieces(mine.full_name):
        ways.append(named(db, pieces(mine.full_name)[:MOST_WORDS]))
    if mine.phone:
        ways.append(Person.phone == mine.phone)
    if local_part(mine.email_key):
        ways.append(has_word(email_word(f"{local_part(mine.email_key)}")))
    found: dict[int, Suggestion] = {}
    columns = (Person.id, *_TRAITS, Person.member_number, Person.email, Person.joined_on, Person.account_id)
    for way in ways:
        rows = db.execute(
            select(*columns).where(way, Person.id != person_id, Person.merged_into.is_(None)).limit(_AT_MOST)
        )
        for row in rows:
            common = likeness(mine, _traits(row))
            if is_likely(common):
                both = own.account_id is not None and row.account_id is not None
                found[row.id] = Suggestion(
                    row.id, row.full_name, row.member_number, row.email, row.phone, row.joined_on, common, both
                )
    return sorted(found.values(), key=lambda one: (-len(one.common), one.person_id))


def the_merge(db: Session, merge_id: int) -> Merged:
    """One merge; raises `NotFound`."""
    found = _merges(db, Merge.id == merge_id)
    if not found:
        raise NotFound
    return found[0]


def merges_of(db: Session, person_id: int) -> list[Merged]:
    """What became part of a record and stands, the latest first."""
    return _merges(db, and_(Merge.survivor_id == person_id, Merge.undone_at.is_(None)))


def survivor_of(db: Session, person_id: int) -> int | None:
    """The record that this one became part of, over any number of merges; None for one that stands by itself."""
    into = db.scalar(select(Person.merged_into).where(Person.id == person_id))
    return None if into is None else survivor_of(db, into) or into


def rows_moved(db: Session, merge_id: int) -> dict[str, int]:
    """How many rows of each table moved."""
    rows = db.execute(
        select(MergeRow.table_name, func.count())
        .where(MergeRow.merge_id == merge_id, MergeRow.act == "moved")
        .group_by(MergeRow.table_name)
        .order_by(MergeRow.table_name)
    )
    return {row[0]: row[1] for row in rows}


def counts_of(db: Session, person_ids: tuple[int, int]) -> dict[str, tuple[int, int]]:
    """How many rows of each table that moves name each of two people, in one statement."""
    places = [place for place, handled in WAYS.items() if handled.way in {Way.MOVE, Way.MOVE_IF_FREE}]
    counted = []
    for number, place in enumerate(places):
        name, column = parts(place)
        owner = Base.metadata.tables[name].c[column]
        one, other = (func.count(case((owner == person_id, 1))) for person_id in person_ids)
        counted.append(select(literal(number), one, other).where(owner.in_(person_ids)))
    found = {places[number]: (first, second) for number, first, second in db.execute(union_all(*counted))}
    return {parts(place)[0]: found[place] for place in places}


def _merges(db: Session, condition: ColumnElement[bool]) -> list[Merged]:
    survivor, loser = aliased(Person, name="survivor"), aliased(Person, name="loser")
    who, undoer = aliased(Staff, name="who"), aliased(Staff, name="undoer")
    rows = db.execute(
        select(Merge, survivor.full_name, loser.full_name, who.name, undoer.name)
        .join(survivor, survivor.id == Merge.survivor_id)
        .join(loser, loser.id == Merge.loser_id)
        .outerjoin(who, who.account_id == Merge.merged_by)
        .outerjoin(undoer, undoer.account_id == Merge.undone_by)
        .where(condition)
        .order_by(Merge.id.desc())
    )
    return [
        Merged(
            id=merge.id, survivor_id=merge.survivor_id, survivor=name, loser_id=merge.loser_id, loser=other,
            loser_number=str(merge.loser_before.get("member_number") or ""), merged_at=merge.merged_at, by=by,
            why=merge.why, undone_at=merge.undone_at, undone_by=undone_by,
        )
        for merge, name, other, by, undone_by in rows
    ]  # fmt: skip


def _traits(row: Row[*tuple[Any, ...]]) -> Traits:
    return Traits(row.full_name, row.phone, row.email_key, (row.birth_year, row.birth_month, row.birth_day))


@dataclass(frozen=True)
class Facts:
    """One record as the page shows it beside the other: its columns, its points, whether it has a welcome bonus."""

    values: dict[str, Any]
    active: int
    pending: int
    held: int
    owed: int
    has_bonus: bool


def facts_of(db: Session, person_id: int) -> Facts:
    """One record, one query; raises `UnknownMember`, also for one that became part of another."""
    columns = [Person.__table__.c[name] for name in ("account_id", *(c for some in FIELDS.values() for c in some))]
    bonus = select(MOVEMENTS.c.id).where(MOVEMENTS.c.kind == "join.earned", MOVEMENTS.c.cause_id == person_id)
    row = db.execute(
        select(
            *columns, BALANCES.c.active, BALANCES.c.pending, BALANCES.c.held, BALANCES.c.debt,
            bonus.exists().label("has_bonus"),
        )
        .select_from(Person.__table__.outerjoin(BALANCES, BALANCES.c.member_id == Person.id))
        .where(Person.id == person_id, Person.merged_into.is_(None))
    ).one_or_none()  # fmt: skip
    if row is None:
        raise UnknownMember
    values = dict(row._mapping)
    return Facts(values, row.active or 0, row.pending or 0, row.held or 0, -(row.debt or 0), bool(row.has_bonus))
