"""Requests for a second person, and acts by hand that needed none."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    LargeBinary,
    Select,
    String,
    Text,
    and_,
    bindparam,
    func,
    literal,
    select,
    text,
)
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from club.accounts.models import Staff
from club.approvals.rules import COUNTED_TOGETHER, DECIDED, Kind, State, active_after
from club.database import NEVER_REUSED, Base, BigId
from club.errors import NotFound
from club.members.models import Person
from club.offers.models import OFFERS
from club.permissions import Permission, Role, may
from club.points.models import BALANCES
from club.texts import Texts
from club.tiers.models import Status


class Approval(Base):
    """One act by hand on one member: who asked, what for, why, and what a second person said."""

    __tablename__ = "approval"
    __table_args__ = (
        CheckConstraint("kind IN ('points.adjust', 'tier.by_hand')", name="kind_known"),
        CheckConstraint(
            "state IN ('at_once', 'waiting', 'approved', 'refused', 'withdrawn', 'expired')", name="state_known"
        ),
        CheckConstraint("(kind = 'points.adjust') = (points IS NOT NULL)", name="points_for_points"),
        CheckConstraint("(kind = 'tier.by_hand') = (rung_key IS NOT NULL)", name="rung_for_tier"),
        CheckConstraint("(state IN ('at_once', 'waiting')) = (decided_at IS NULL)", name="decided_has_day"),
        CheckConstraint("decided_by IS NULL OR state = 'withdrawn' OR decided_by <> asked_by", name="two_people"),
        Index("ix_approval_person_id", "person_id", "id"),
        Index("ix_approval_asked_by", "asked_by", "person_id", "asked_at"),
        Index(
            "ix_approval_waiting",
            "expires_at",
            "id",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        Index(
            "ix_approval_decided_at",
            "decided_at",
            sqlite_where=text("decided_at IS NOT NULL"),
            postgresql_where=text("decided_at IS NOT NULL"),
        ),
        Index(
            "ix_approval_unread",
            "asked_by",
            "id",
            sqlite_where=text("decided_at IS NOT NULL AND seen_at IS NULL"),
            postgresql_where=text("decided_at IS NOT NULL AND seen_at IS NULL"),
        ),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    points: Mapped[int | None] = mapped_column(BigId)
    """Of a voucher: what it is worth in points, so that it counts with them; 0 where nobody can say."""
    offer_id: Mapped[int | None] = mapped_column(BigId)
    """The offer of a voucher that is given instead of points."""
    rung_key: Mapped[str | None] = mapped_column(String(40))
    until: Mapped[date | None]
    why: Mapped[str] = mapped_column(Text)
    asked_by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    asked_at: Mapped[datetime]
    once: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    """What the form is recognised by when it is sent again."""
    state: Mapped[str] = mapped_column(String(10))
    expires_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    decided_at: Mapped[datetime | None]
    words: Mapped[str] = mapped_column(Text, default="")
    """What the second person said."""
    seen_at: Mapped[datetime | None]
    """When the asker took note of the outcome."""


# --- queries


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request as lists show it. `active`, `owed` and `held_key` are what the member has now."""

    id: int
    kind: Kind
    person_id: int
    full_name: str
    member_number: str | None
    points: int | None
    offer_id: int | None
    offer_title: Texts | None
    rung_key: str | None
    until: date | None
    why: str
    asked_by: int
    asker: str
    asked_at: datetime
    expires_at: datetime
    state: State
    decider: str | None
    decided_at: datetime | None
    words: str
    seen_at: datetime | None
    active: int
    owed: int
    held_key: str | None
    held_until: date | None

    @property
    def active_after(self) -> int:
        """Points to spend if the change were made now; below zero where it could not be."""
        return active_after(self.active, self.owed, 0 if self.offer_id else self.points or 0)


_DECIDER = aliased(Staff, name="decider")
_CURRENT = and_(Status.member_id == Approval.person_id, Status.ended_on.is_(None))


def _requests() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Approval.id,
            Approval.kind,
            Approval.person_id,
            Person.full_name,
            Person.member_number,
            Approval.points,
            Approval.offer_id,
            OFFERS.c.title.label("offer_title"),
            Approval.rung_key,
            Approval.until,
            Approval.why,
            Approval.asked_by,
            Staff.name.label("asker"),
            Approval.asked_at,
            Approval.expires_at,
            Approval.state,
            _DECIDER.name.label("decider"),
            Approval.decided_at,
            Approval.words,
            Approval.seen_at,
            func.coalesce(BALANCES.c.active, 0).label("active"),
            (-func.coalesce(BALANCES.c.debt, 0)).label("owed"),
            Status.rung_key.label("held_key"),
            Status.until.label("held_until"),
        )
        .select_from(Approval)
        .join(Person, Person.id == Approval.person_id)
        .join(Staff, Staff.account_id == Approval.asked_by)
        .outerjoin(OFFERS, OFFERS.c.id == Approval.offer_id)
        .outerjoin(_DECIDER, _DECIDER.account_id == Approval.decided_by)
        .outerjoin(BALANCES, BALANCES.c.member_id == Approval.person_id)
        .outerjoin(Status, _CURRENT)
    )


def _read(db: Session, query: Select[*tuple[Any, ...]]) -> list[Request]:
    return [Request(**{**row._mapping, "kind": Kind(row.kind), "state": State(row.state)}) for row in db.execute(query)]


@dataclass(frozen=True)
class Counts:
    """How many requests wait for one's own yes or no, and how many outcomes of one's own one has not taken note of."""

    to_decide: int
    decided: int


def counts_for(db: Session, account_id: int, role: Role | None) -> Counts:
    """What a colleague has to look at, in one query."""
    asked = _counts(may_approve=may(role, Permission.APPROVE))
    return Counts(*db.execute(asked, {"account_id": account_id}).one())


@cache
def _counts(*, may_approve: bool) -> Select[int, int]:
    rows, who = select(func.count()).select_from(Approval), bindparam("account_id", type_=BigId)
    return select(
        rows.where(_waits_for(who)).scalar_subquery() if may_approve else literal(0),
        rows.where(_unread(who)).scalar_subquery(),
    )


def to_decide(db: Session, account_id: int, role: Role | None, limit: int = 50) -> list[Request]:
    """The requests of others that wait, the oldest first."""
    if not may(role, Permission.APPROVE):
        return []
    return _read(db, _requests().where(_waits_for(account_id)).order_by(Approval.expires_at, Approval.id).limit(limit))


def asked_by(db: Session, account_id: int, limit: int = 50) -> list[Request]:
    """One's own requests that still wait."""
    own = _requests().where(Approval.state == State.WAITING, Approval.asked_by == account_id)
    return _read(db, own.order_by(Approval.id).limit(limit))


def decided_lately(db: Session, account_id: int, role: Role | None, since: datetime, limit: int = 30) -> list[Request]:
    """What was decided since a moment, the latest first: everything for who approves, one's own for others."""
    query = _requests().where(Approval.state.in_(DECIDED), Approval.decided_at >= since)
    if not may(role, Permission.APPROVE):
        query = query.where(Approval.asked_by == account_id)
    return _read(db, query.order_by(Approval.decided_at.desc(), Approval.id.desc()).limit(limit))


def outcomes_for(db: Session, account_id: int, limit: int = 20) -> list[Request]:
    """What others decided of one's own requests, or nobody in time, until one took note; the oldest first."""
    return _read(db, _requests().where(_unread(account_id)).order_by(Approval.id).limit(limit))


def request(db: Session, approval_id: int) -> Request:
    """One request, whatever its state; raises `NotFound`."""
    found = _read(db, _requests().where(Approval.id == approval_id))
    if not found:
        raise NotFound
    return found[0]


def waiting_of(db: Session, person_id: int, kind: Kind) -> list[Request]:
    """What waits for one member."""
    query = _requests().where(Approval.person_id == person_id, Approval.state == State.WAITING, Approval.kind == kind)
    return _read(db, query.order_by(Approval.id))


def came_by(db: Session, once: bytes) -> tuple[int, State] | None:
    """The act that a form made when it was sent before."""
    row = db.execute(select(Approval.id, Approval.state).where(Approval.once == once)).one_or_none()
    return None if row is None else (row.id, State(row.state))


def changed_lately(db: Session, account_id: int, person_id: int, now: datetime) -> int:
    """Points that a colleague gave to and took from a member within 30 days without a second person, added up."""
    changed = select(func.coalesce(func.sum(func.abs(Approval.points)), 0)).where(
        Approval.asked_by == account_id,
        Approval.person_id == person_id,
        Approval.asked_at > now - COUNTED_TOGETHER,
        Approval.state == State.AT_ONCE,
    )
    return int(db.execute(changed).scalar_one())


def _unread(account_id: int | ColumnElement[int]) -> ColumnElement[bool]:
    decided = and_(Approval.decided_at.is_not(None), Approval.seen_at.is_(None))
    return and_(decided, Approval.asked_by == account_id, Approval.state != State.WITHDRAWN)


def _waits_for(account_id: int | ColumnElement[int]) -> ColumnElement[bool]:
    return and_(Approval.state == State.WAITING, Approval.asked_by != account_id)
