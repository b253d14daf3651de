"""One row a transfer; the points themselves move in the ledger under its id."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, Select, and_, func, or_, select
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from club.accounts.models import Account
from club.audit import AuditEntry
from club.database import NEVER_REUSED, Base, BigId
from club.errors import NotFound
from club.members.models import Person
from club.members.rules import number_typed
from club.transfers.rules import Moved

CHANGES_OF_ACCOUNT = ("account.password_changed", "account.email_changed")


class Transfer(Base):
    """Numbers and days only; who they were is told by the persons."""

    __tablename__ = "points_transfer"
    __table_args__ = (
        CheckConstraint("points > 0", name="points_positive"),
        CheckConstraint("(undone_at IS NULL) = (returned IS NULL)", name="undone_whole"),
        CheckConstraint("returned >= 0 AND returned <= points", name="returned_range"),
        Index("ix_points_transfer_from_id", "from_id", "sent_at"),
        Index("ix_points_transfer_to_id", "to_id", "sent_at"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    from_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    to_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    points: Mapped[int] = mapped_column(BigId)
    sent_at: Mapped[datetime]
    once: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    """Of the form that it came by: sent again it counts once."""
    undone_at: Mapped[datetime | None]
    returned: Mapped[int | None] = mapped_column(BigId)
    """Points that came back when it was undone; those that had ended unused did not."""


@dataclass(frozen=True)
class TransferView:
    """One transfer as pages show it."""

    id: int
    from_id: int
    from_name: str
    to_id: int
    to_name: str
    to_number: str | None
    """None: not a member any more."""
    points: int
    sent_at: datetime
    undone_at: datetime | None
    returned: int | None


@dataclass(frozen=True)
class Party:
    """Somebody who would pass points on or get them."""

    person_id: int
    full_name: str
    called: str
    email: str | None
    language: str
    joined_on: date | None
    is_leaving: bool
    account_id: int | None
    is_shut: bool


_FROM, _TO = aliased(Person), aliased(Person)
_VIEW: Select[*tuple[Any, ...]] = (
    select(
        Transfer.id,
        Transfer.from_id,
        _FROM.full_name,
        Transfer.to_id,
        _TO.full_name,
        _TO.member_number,
        Transfer.points,
        Transfer.sent_at,
        Transfer.undone_at,
        Transfer.returned,
    )
    .join(_FROM, _FROM.id == Transfer.from_id)
    .join(_TO, _TO.id == Transfer.to_id)
)


def transfers_of(db: Session, person_id: int, limit: int = 50, offset: int = 0) -> Sequence[TransferView]:
    """What a member passed on and got, latest first."""
    own = or_(Transfer.from_id == person_id, Transfer.to_id == person_id)
    latest_first = _VIEW.where(own).order_by(Transfer.sent_at.desc(), Transfer.id.desc())
    rows = db.execute(latest_first.limit(limit).offset(offset))
    return [TransferView(*row) for row in rows]


def the_transfer(db: Session, transfer_id: int) -> TransferView:
    """One of them; raises `NotFound`."""
    row = db.execute(_VIEW.where(Transfer.id == transfer_id)).one_or_none()
    if row is None:
        raise NotFound
    return TransferView(*row)


def party(db: Session, person_id: int) -> Party | None:
    """A member who is still one, by id."""
    return _party(db, _PARTY.where(Person.id == person_id))


def party_with_number(db: Session, typed: str) -> Party | None:
    """The same by the number on their card."""
    number = number_typed(typed)
    return None if number is None else _party(db, _PARTY.where(Person.member_number == number))


_PARTY = (
    select(
        Person.id,
        Person.full_name,
        func.coalesce(func.nullif(Person.call_name, ""), Person.full_name),
        Person.email,
        Person.language,
        Person.joined_on,
        Person.leaves_on.is_not(None),
        Person.account_id,
        Account.disabled_at.is_not(None),
    )
    .outerjoin(Account, Account.id == Person.account_id)
    .where(Person.member_number.is_not(None), Person.merged_into.is_(None))
)


def _party(db: Session, query: Select[*tuple[Any, ...]]) -> Party | None:
    row = db.execute(query).one_or_none()
    return None if row is None else Party(*row)


def moved_since(db: Session, person_id: int, month: datetime, year: datetime, *, came: bool = False) -> Moved:
    """Points that a member passed on (that `came` to them), without what was undone; one query."""
    whose = Transfer.to_id if came else Transfer.from_id
    lately = and_(whose == person_id, Transfer.undone_at.is_(None), Transfer.sent_at >= year)
    row = db.execute(
        select(
            func.coalesce(func.sum(Transfer.points).filter(Transfer.sent_at >= month), 0),
            func.coalesce(func.sum(Transfer.points), 0),
        ).where(lately)
    ).one()
    return Moved(int(row[0]), int(row[1]))


def account_changed_at(db: Session, account_id: int, since: datetime) -> datetime | None:
    """When password or address of an account were last changed since then."""
    changed: datetime | None = db.scalar(
        select(AuditEntry.at)
        .where(
            AuditEntry.subject == "account",
            AuditEntry.subject_id == account_id,
            AuditEntry.at > since,
            AuditEntry.act.in_(CHANGES_OF_ACCOUNT),
        )
        .order_by(AuditEntry.at.desc())
        .limit(1)
    )
    return changed


def known_by(db: Session, once: bytes) -> int | None:
    """The transfer that came by this form already."""
    return db.scalar(select(Transfer.id).where(Transfer.once == once))
