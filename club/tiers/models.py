"""Ladder versions, their rungs, and the terms that members held."""

from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Row,
    String,
    UniqueConstraint,
    bindparam,
    false,
    func,
    select,
    text,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from club.database import NEVER_REUSED, Base, BigId
from club.members.models import Person
from club.programme.models import remembered
from club.purchases.models import Correction, Purchase
from club.texts import Texts
from club.tiers.rules import FLAT, DatedLadder, Fall, How, Ladder, Routes, Rung, Window, ranks_in


class LadderVersion(Base):
    """The rules for tiers from a day on. Of several that start on one day the latest holds."""

    __tablename__ = "ladder_version"
    __table_args__ = (
        CheckConstraint("\"window\" IN ('last_12_months', 'calendar_year', 'membership_year')", name="window_known"),
        CheckConstraint("routes IN ('any', 'all')", name="routes_known"),
        CheckConstraint("fall IN ('one_rung', 'standing', 'never')", name="fall_known"),
        CheckConstraint("validity_months > 0 AND grace_days >= 0", name="periods_positive"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    starts_on: Mapped[date] = mapped_column(index=True)
    window: Mapped[str] = mapped_column(String(16))
    routes: Mapped[str] = mapped_column(String(3))
    validity_months: Mapped[int]
    grace_days: Mapped[int]
    fall: Mapped[str] = mapped_column(String(8))
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    withdrawn_at: Mapped[datetime | None]
    """Taken back before its start."""
    is_silent: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whoever rises in the night of its start gets no mail about it."""


class RungRow(Base):
    """One step of a ladder version. 0 in a route: that route is not offered."""

    __tablename__ = "rung"
    __table_args__ = (
        UniqueConstraint("version_id", "key"),
        CheckConstraint("spend >= 0 AND purchases >= 0 AND qualifying_points >= 0", name="asks_positive"),
        CheckConstraint("multiplier_percent >= 0", name="multiplier_positive"),
        CheckConstraint("discount_percent BETWEEN 0 AND 100", name="discount_range"),
    )

    version_id: Mapped[int] = mapped_column(ForeignKey("ladder_version.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(40))
    name: Mapped[Texts]
    spend: Mapped[int] = mapped_column(BigId)
    """Minor units."""
    purchases: Mapped[int]
    qualifying_points: Mapped[int] = mapped_column(BigId)
    by_invitation: Mapped[bool]
    multiplier_percent: Mapped[int]
    discount_percent: Mapped[int]


class Status(Base):
    """One term of one member on one rung. The current one has no `ended_on`; none at all means the first rung.

    `since` is the first day, `until` the last (none: no end). A term ends when another begins; nothing is overwritten.
    """

    __tablename__ = "tier_status"
    __table_args__ = (
        CheckConstraint("how IN ('reached', 'renewed', 'fell', 'hand', 'returned', 'import')", name="how_known"),
        Index(
            "uq_tier_status_current",
            "member_id",
            unique=True,
            sqlite_where=text("ended_on IS NULL"),
            postgresql_where=text("ended_on IS NULL"),
        ),
        Index(
            "ix_tier_status_due",
            "until",
            sqlite_where=text("ended_on IS NULL"),
            postgresql_where=text("ended_on IS NULL"),
        ),
        Index("ix_tier_status_member", "member_id", "since", "id"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    rung_key: Mapped[str] = mapped_column(String(40))
    position: Mapped[int]
    """The rung's place in the ladder that gave it, for a rung that later disappears."""
    version_id: Mapped[int] = mapped_column(ForeignKey("ladder_version.id"))
    since: Mapped[date]
    until: Mapped[date | None]
    how: Mapped[str] = mapped_column(String(10))
    ended_on: Mapped[date | None]
    recorded_at: Mapped[datetime]


class StatusNote(Base):
    """Author and reason of a status given by hand."""

    __tablename__ = "tier_status_note"

    status_id: Mapped[int] = mapped_column(ForeignKey("tier_status.id"), primary_key=True)
    by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    why: Mapped[str] = mapped_column(String(500))


@dataclass(frozen=True)
class Version:
    """A ladder and the day from which it holds."""

    id: int
    starts_on: date
    created_at: datetime
    is_withdrawn: bool
    ladder: Ladder
    is_silent: bool = False
    created_by: int | None = None


@dataclass(frozen=True)
class Ladders:
    """All versions that ever were, in the order in which they hold."""

    versions: tuple[Version, ...]

    def on(self, day: date) -> DatedLadder:
        """The ladder of a day; before the first version's start the first version, without any `FLAT`."""
        standing = [version for version in self.versions if not version.is_withdrawn]
        if not standing:
            return DatedLadder(None, FLAT, None, ranks_in(FLAT, self._ladders()))
        first_start = standing[0].starts_on
        version = [version for version in standing if version.starts_on <= max(day, first_start)][-1]
        return DatedLadder(version.id, version.ladder, version.starts_on, ranks_in(version.ladder, self._ladders()))

    def unsaved(self, ladder: Ladder) -> DatedLadder:
        """A ladder that nobody saved yet, as if it held."""
        return DatedLadder(None, ladder, None, ranks_in(ladder, self._ladders()))

    def version(self, version_id: int) -> Version:
        """The version that gave a term."""
        return next(version for version in self.versions if version.id == version_id)

    def starts_after(self, day: date, last: date) -> list[date]:
        """The days after `day`, up to `last`, on which a version starts."""
        return sorted({v.starts_on for v in self.versions if not v.is_withdrawn and day < v.starts_on <= last})

    def _ladders(self) -> list[Ladder]:
        return [version.ladder for version in self.versions]


@dataclass(frozen=True)
class StatusView:
    """What a member holds on a day. `position` counts the first rung as 0, in the ladder of that day.

    `id` is None for the first rung without a row. `rung` is the ladder's own, or the last known one of a rung that is
    gone from it and held to its end.
    """

    id: int | None
    key: str
    position: int
    since: date | None
    until: date | None
    how: How | None
    rung: Rung
    rank: int


def ladders(db: Session) -> Ladders:
    """All versions. Remembered in the process until the programme's stamp rises."""
    return remembered(db, "ladders", _load)


def ladder_on(db: Session, day: date) -> DatedLadder:
    """The ladder of a day."""
    return ladders(db).on(day)


def _load(db: Session) -> Ladders:
    versions = db.execute(select(LadderVersion.__table__).order_by(LadderVersion.starts_on, LadderVersion.id)).all()
    rungs: dict[int, list[Rung]] = {version.id: [] for version in versions}
    for row in db.execute(select(RungRow.__table__).order_by(RungRow.version_id, RungRow.position)):
        values = dict(row._mapping)
        version_id, _ = values.pop("version_id"), values.pop("position")
        rungs[version_id].append(Rung(**values))
    return Ladders(
        tuple(
            Version(
                row.id,
                row.starts_on,
                row.created_at,
                row.withdrawn_at is not None,
                Ladder(
                    tuple(rungs[row.id]), Window(row.window), Routes(row.routes), row.validity_months, row.grace_days,
                    Fall(row.fall),
                ),
                row.is_silent,
                row.created_by,
            )
            for row in versions
        )
    )  # fmt: skip


_STATUS = Status.__table__.c
_STATUS_ON = (
    select(_STATUS.id, _STATUS.rung_key, _STATUS.version_id, _STATUS.since, _STATUS.until, _STATUS.how)
    .where(_STATUS.member_id == bindparam("member_id"), _STATUS.since <= bindparam("day"))
    .order_by(_STATUS.since.desc(), _STATUS.id.desc())
    .limit(1)
)

NEWEST_STATUS = _STATUS_ON.with_only_columns(Status.id)
"""The id of what `:member_id` holds on `:day`."""


def status_of(db: Session, member_id: int, day: date) -> StatusView:
    """What the member holds, or held, on a day; the first rung when nothing is recorded for it."""
    return status_from(db, db.execute(_STATUS_ON, {"member_id": member_id, "day": day}).one_or_none(), day)


def status_from(db: Session, row: Row[*tuple[Any, ...]] | None, day: date) -> StatusView:
    """The same from a row that was read already; None where nothing is recorded."""
    known = ladders(db)
    dated = known.on(day)
    if row is None:
        first = dated.ladder.rungs[0]
        return StatusView(None, first.key, 0, None, None, None, first, 0)
    return view_of(known, dated, row)


def view_of(known: Ladders, dated: DatedLadder, row: Row[*tuple[Any, ...]]) -> StatusView:
    """A row of `tier_status` (id, rung_key, version_id, since, until, how) as the ladder of a day sees it."""
    held = dated.held(row.rung_key, row.until)
    ladder = known.version(row.version_id).ladder if held.vanished else dated.ladder
    rung = ladder.rung(row.rung_key) if held.vanished else ladder.rungs[held.rank // 2]
    return StatusView(row.id, rung.key, held.rank // 2, row.since, row.until, How(row.how), rung, held.rank)


def versions_mark(db: Session) -> tuple[int, int]:
    """The newest version and how many were withdrawn: different as soon as somebody saved or withdrew one."""
    row = db.execute(select(func.coalesce(func.max(LadderVersion.id), 0), func.count(LadderVersion.withdrawn_at))).one()
    return int(row[0]), int(row[1])


@dataclass(frozen=True)
class Mark:
    """How far the facts went that a preview was worked out from: the newest row of each kind."""

    as_of: date
    purchases: int
    returns: int
    terms: int
    members: int
    versions: int
    withdrawn: int

    def newer_than(self, other: "Mark") -> set[str]:
        """Which kinds of facts came since."""
        return {one.name for one in fields(self) if getattr(self, one.name) != getattr(other, one.name)}


def mark_of(db: Session, as_of: date) -> Mark:
    """Where the facts stand now, asked in one statement along primary keys."""
    newest = [
        select(func.coalesce(func.max(column), 0)).scalar_subquery()
        for column in (Purchase.id, Correction.id, Status.id, Person.id, LadderVersion.id)
    ]
    withdrawn = select(func.count(LadderVersion.withdrawn_at)).scalar_subquery()
    return Mark(as_of, *(int(value) for value in db.execute(select(*newest, withdrawn)).one()))


def members_by_rung(db: Session) -> dict[str, int]:
    """How many hold a term on which rung now, by its key; whoever has none stands on the first rung of the day."""
    held = (
        select(Status.rung_key, func.count())
        .where(Status.ended_on.is_(None), Status.until.is_not(None))
        .group_by(Status.rung_key)
    )
    counts = {key: int(count) for key, count in db.execute(held)}
    members = db.scalar(select(func.count()).where(Person.joined_on.is_not(None))) or 0
    return counts | {"": int(members) - sum(counts.values())}
