"""A household, its members, who was asked to join. Lots stay their member's: this is the permission to spend them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Date, ForeignKey, String, and_, bindparam, func, select
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from club.accounts.models import Account
from club.database import NEVER_REUSED, Base, BigId, Transaction
from club.members.models import Person


class Household(Base):
    """Its id. Whoever has been there longest invites and removes, so nobody has to be named when they go."""

    __tablename__ = "household"
    __table_args__ = (NEVER_REUSED,)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    founded_at: Mapped[datetime]


class HouseholdMember(Base):
    """Who belongs to it: a member to one household at most."""

    __tablename__ = "household_member"
    __table_args__ = (NEVER_REUSED,)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    """In the order in which they came."""
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), unique=True)
    household_id: Mapped[int] = mapped_column(ForeignKey("household.id"), index=True)
    joined_at: Mapped[datetime]
    shares_from: Mapped[date | None]
    """The first day on which they and the others may spend each other's points; None: they share no points."""


class HouseholdInvitation(Base):
    """Who was asked. A name that nobody has leaves the same row, so that no answer says who is a member."""

    __tablename__ = "household_invitation"
    __table_args__ = (NEVER_REUSED,)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    household_id: Mapped[int] = mapped_column(ForeignKey("household.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    sought: Mapped[str] = mapped_column(String(254))
    """The address or number as it was typed, without spaces around."""
    sent_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    declined_at: Mapped[datetime | None]
    """Whoever invited is not told: it ends as one that nobody answered."""


@dataclass(frozen=True)
class MemberView:
    """One of a household as its pages show it."""

    person_id: int
    name: str
    joined_at: datetime
    shares_from: date | None
    leads: bool


@dataclass(frozen=True)
class InvitationView:
    """An open invitation: as it was typed, and who asks."""

    id: int
    household_id: int
    sought: str
    from_name: str
    sent_at: datetime
    ends_at: datetime


_CALLED = func.coalesce(func.nullif(Person.call_name, ""), Person.full_name)
_ME, _OTHER = aliased(HouseholdMember, name="me"), aliased(HouseholdMember, name="other")
_HERE = and_(Person.merged_into.is_(None), Person.leaves_on.is_(None), Account.disabled_at.is_(None))
SHARERS = (
    select(_OTHER.person_id)
    .select_from(_ME)
    .join(_OTHER, and_(_OTHER.household_id == _ME.household_id, _OTHER.person_id != _ME.person_id))
    .join(Person, Person.id == _OTHER.person_id)
    .outerjoin(Account, Account.id == Person.account_id)
    .where(
        _ME.person_id == bindparam("spender", type_=BigId),
        _ME.shares_from <= bindparam("shared_on", type_=Date),
        _OTHER.shares_from <= bindparam("shared_on", type_=Date),
        _HERE,
    )
    .order_by(_OTHER.person_id)
)
"""The others whose points `:spender` may spend on the day `:shared_on`. Whoever leaves the club lends nothing."""
_LOCK = (
    select(Household.id)
    .where(
        Household.id
        == select(HouseholdMember.household_id)
        .where(HouseholdMember.person_id == bindparam("person_id", type_=BigId))
        .scalar_subquery()
    )
    .with_for_update()
)


def lock_household_of(tx: Transaction, person_id: int) -> int | None:
    """A member's household, held until the transaction ends: it comes before balances. None: they have none."""
    return tx.execute(_LOCK, {"person_id": person_id}).scalar_one_or_none()


def lock_household(tx: Transaction, household_id: int) -> bool:
    """Hold one that may be gone; whether it is there."""
    found = select(Household.id).where(Household.id == household_id).with_for_update()
    return tx.execute(found).one_or_none() is not None


def sharers(db: Session, person_id: int, today: date) -> list[int]:
    """The others whose points a member may spend today, by id."""
    return list(db.scalars(SHARERS, {"spender": person_id, "shared_on": today}))


def household_id_of(db: Session, person_id: int) -> int | None:
    """The household that a member belongs to."""
    return db.scalar(select(HouseholdMember.household_id).where(HouseholdMember.person_id == person_id))


def members_of(db: Session, household_id: int) -> Sequence[MemberView]:
    """In the order in which they came; the first leads. A record that became part of another is not one of them."""
    rows = db.execute(
        select(HouseholdMember.person_id, _CALLED, HouseholdMember.joined_at, HouseholdMember.shares_from)
        .join(Person, Person.id == HouseholdMember.person_id)
        .where(HouseholdMember.household_id == household_id, Person.merged_into.is_(None))
        .order_by(HouseholdMember.id)
    )
    return [
        MemberView(row.person_id, row[1], row.joined_at, row.shares_from, place == 0) for place, row in enumerate(rows)
    ]


def invited_by(db: Session, household_id: int, now: datetime) -> Sequence[InvitationView]:
    """What waits for an answer, whether or not there is anybody to give it."""
    return _invitations(db, HouseholdInvitation.household_id == household_id, HouseholdInvitation.ends_at > now)


def invitations_of(db: Session, person_id: int, now: datetime) -> Sequence[InvitationView]:
    """The households that ask somebody to join."""
    return _invitations(
        db,
        HouseholdInvitation.person_id == person_id,
        HouseholdInvitation.ends_at > now,
        HouseholdInvitation.declined_at.is_(None),
    )


def _invitations(db: Session, *conditions: ColumnElement[bool]) -> Sequence[InvitationView]:
    """With the name of whoever leads the household."""
    columns, first = HouseholdInvitation, aliased(HouseholdMember, name="first")
    earlier = aliased(HouseholdMember, name="earlier")
    before = select(earlier.id).where(earlier.household_id == first.household_id, earlier.id < first.id)
    rows = db.execute(
        select(columns.id, columns.household_id, columns.sought, _CALLED, columns.sent_at, columns.ends_at)
        .select_from(columns)
        .join(first, and_(first.household_id == columns.household_id, ~before.exists()))
        .join(Person, Person.id == first.person_id)
        .where(*conditions)
        .order_by(columns.sent_at, columns.id)
    )
    return [InvitationView(*row) for row in rows]
