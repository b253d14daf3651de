"""Who works for the club, as an owner sees and changes it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, func, select, update
from sqlalchemy.orm import Session

from club.accounts.browsers import end_sessions, renew_session
from club.accounts.models import Account, OneTimeLink, SignedIn, Staff, staff_role
from club.accounts.rules import is_lower
from club.audit import record
from club.database import Transaction, transaction
from club.errors import LastOwner, NotAllowed, NotFound
from club.permissions import Permission, Role, require


class Standing(StrEnum):
    """How far somebody is."""

    ACTIVE = "active"
    INVITED = "invited"
    INVITATION_OVER = "invitation_over"
    NO_SECOND_STEP = "no_second_step"
    FORMER = "former"


@dataclass(frozen=True)
class Teammate:
    """Somebody who works for the club, or did."""

    account_id: int
    name: str
    email: str
    role: Role
    created_at: datetime
    disabled_at: datetime | None
    seen_at: datetime | None
    has_password: bool
    has_second_factor: bool
    invited_until: datetime | None
    """Until when the open invitation works."""
    open_sessions: int

    @property
    def standing(self) -> Standing:
        """What an owner has to know first."""
        if self.disabled_at is not None:
            return Standing.FORMER
        if self.has_password:
            return Standing.ACTIVE if self.has_second_factor else Standing.NO_SECOND_STEP
        return Standing.INVITATION_OVER if self.invited_until is None else Standing.INVITED


def team(db: Session, now: datetime) -> list[Teammate]:
    """All staff by name, those who left at the end."""
    return _teammates(db, now)


def teammate(db: Session, account_id: int, now: datetime) -> Teammate:
    """One of them; raises `NotFound`."""
    found = _teammates(db, now, account_id)
    if not found:
        raise NotFound
    return found[0]


def change_role(db: Session, account_id: int, to: Role, by: int, role: Role | None, now: datetime) -> None:
    """Give somebody another role; they sign in anew. Raises `NotAllowed`, `NotFound` and `LastOwner`."""
    require(role, Permission.MANAGE_STAFF)
    with transaction(db) as tx:
        if to is not Role.OWNER:
            refuse_last_owner(tx, account_id)
        before = staff_role(tx, account_id)
        if before is None:
            raise NotFound
        if before is to:
            return
        tx.execute(update(Staff).where(Staff.account_id == account_id).values(role=to.value))
        end_sessions(tx, account_id)
        record(tx, "staff.role_changed", "account", account_id, by=by, now=now, words={"role": [before, to]})


def look_as(db: Session, session_id: int, as_role: Role, by: int, role: Role | None, now: datetime) -> str:
    """See the house in this session as a lower role does; returns the session's new cookie. Raises `NotAllowed`."""
    require(role, Permission.MANAGE_STAFF)
    with transaction(db) as tx:
        own = staff_role(tx, by)
        if own is None or not is_lower(as_role, own):
            raise NotAllowed
        tx.execute(update(SignedIn).where(_own_session(session_id, by)).values(seen_as=as_role.value))
        record(tx, "staff.looked_as", "account", by, by=by, now=now, words={"role": as_role.value})
        return renew_session(tx, session_id, now, proved=False)


def look_as_oneself(db: Session, session_id: int, account_id: int, now: datetime) -> str:
    """End it; returns the session's new cookie."""
    with transaction(db) as tx:
        tx.execute(update(SignedIn).where(_own_session(session_id, account_id)).values(seen_as=None))
        return renew_session(tx, session_id, now, proved=False)


def refuse_last_owner(tx: Transaction, account_id: int) -> None:
    """Raise `LastOwner` if nobody else owns the club. Of two who leave at once the second one waits and is refused."""
    owners = tx.scalars(
        select(Staff.account_id)
        .where(Staff.role == Role.OWNER.value, Staff.disabled_at.is_(None))
        .order_by(Staff.account_id)
        .with_for_update()
    ).all()
    if list(owners) == [account_id]:
        raise LastOwner


def _own_session(session_id: int, account_id: int) -> ColumnElement[bool]:
    return and_(SignedIn.id == session_id, SignedIn.account_id == account_id)


def _teammates(db: Session, now: datetime, account_id: int | None = None) -> list[Teammate]:
    invited = (
        select(OneTimeLink.account_id, func.max(OneTimeLink.expires_at).label("until"))
        .where(OneTimeLink.purpose == "staff", OneTimeLink.used_at.is_(None), OneTimeLink.expires_at > now)
        .group_by(OneTimeLink.account_id)
        .subquery()
    )
    signed_in = (
        select(SignedIn.account_id, func.count().label("sessions"))
        .where(SignedIn.expires_at > now)
        .group_by(SignedIn.account_id)
        .subquery()
    )
    asked = (
        select(
            Account.id,
            Staff.name,
            Account.email,
            Staff.role,
            Staff.created_at,
            Staff.disabled_at,
            Staff.seen_at,
            Account.password_hash.is_not(None),
            Account.totp_confirmed_at.is_not(None),
            invited.c.until,
            func.coalesce(signed_in.c.sessions, 0),
        )
        .join(Account, Account.id == Staff.account_id)
        .outerjoin(invited, invited.c.account_id == Account.id)
        .outerjoin(signed_in, signed_in.c.account_id == Account.id)
        .order_by(Staff.disabled_at.is_not(None), Staff.name, Account.id)
    )
    if account_id is not None:
        asked = asked.where(Account.id == account_id)
    return [
        Teammate(*row[:3], Role(row[3]), *row[4:7], bool(row[7]), bool(row[8]), row[9], int(row[10]))  # type: ignore[call-arg]  # the columns above
        for row in db.execute(asked)
    ]
