"""Asking somebody into a household, saying yes or no, sharing points or not, leaving, being removed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from club.accounts.attempts import Try, count_tries
from club.accounts.models import Account
from club.accounts.rules import email_key
from club.audit import record
from club.clock import add_months, club_day
from club.database import Transaction, transaction
from club.errors import (
    AlreadyInHousehold,
    InvitationGone,
    NoHousehold,
    NotAllowed,
    NotFound,
    OwnInvitation,
    ReasonMissing,
    SoughtMissing,
)
from club.household.models import (
    Household,
    HouseholdInvitation,
    HouseholdMember,
    household_id_of,
    invitations_of,
    lock_household,
    lock_household_of,
    members_of,
)
from club.household.rules import (
    INVITATION_LIVES,
    LONGEST_SOUGHT,
    Terms,
    may_have_one_more,
    shares_from,
    terms_of,
)
from club.members.models import Person
from club.members.rules import number_typed
from club.messages.service import queue
from club.permissions import Permission, Role, require
from club.programme.models import the_club
from club.programme.rules import Club

TRY = "household.member"
OF_AGE_MONTHS = 18 * 12
_INVITATIONS = HouseholdInvitation
_MEMBERS = HouseholdMember


@dataclass(frozen=True)
class _Adult:
    """Somebody who can be asked, or who asks."""

    person_id: int
    called: str
    email: str | None
    language: str


def terms_in(club: Club) -> Terms:
    """What the club allows; raises `HouseholdsClosed`."""
    return terms_of(allowed=club.households_allowed, most=club.household_most, wait_days=club.household_wait_days)


def invite(db: Session, person_id: int, sought: str, *, share: bool, by: int, now: datetime) -> None:
    """Ask a member into the own household, founded with it if there is none; only who leads it asks.

    Known or not, the answer is the same. `share`: whether whoever founds it shares points. Raises `HouseholdsClosed`,
    `SoughtMissing`, `OwnInvitation`, `NotAllowed`, `HouseholdFull`, `TooManyTries`.
    """
    typed = sought.strip()[:LONGEST_SOUGHT]
    if not typed:
        raise SoughtMissing
    with transaction(db) as tx:
        count_tries(tx, [Try(TRY, f"account {by}")], now)
    with transaction(db) as tx:
        club = the_club(tx)
        terms, today = terms_in(club), club_day(now, club.time_zone)
        _hold_person(tx, person_id)
        asking = _adult(tx, Person.id == person_id, today)
        if asking is None:
            raise NotAllowed
        household_id = lock_household_of(tx, person_id)
        if household_id is None:
            household_id = tx.execute(insert(Household).values(founded_at=now).returning(Household.id)).scalar_one()
            _add(tx, household_id, person_id, shares_from(terms, today) if share else None, now)
        _must_lead(tx, household_id, person_id)
        tx.execute(delete(_INVITATIONS).where(_INVITATIONS.ends_at <= now))
        waiting = tx.scalar(
            select(func.count()).where(_INVITATIONS.household_id == household_id, _INVITATIONS.ends_at > now)
        )
        may_have_one_more(terms, len(members_of(tx, household_id)), waiting or 0)
        found = _adult(tx, _is_called(typed), today)
        if found is not None and found.person_id == person_id:
            raise OwnInvitation
        is_here = found is not None and household_id_of(tx, found.person_id) == household_id
        asked = None if found is None or is_here else found.person_id
        row = {"household_id": household_id, "person_id": asked, "sought": typed}
        values = {**row, "sent_at": now, "ends_at": now + INVITATION_LIVES}
        invitation_id = tx.execute(insert(_INVITATIONS).values(values).returning(_INVITATIONS.id)).scalar_one()
        record(tx, "household.invited", "member", person_id, by=by, now=now)
        if found is not None and asked is not None:
            _tell(tx, "household.invited", found, f"household:invited:{invitation_id}", now, member=asking.called)


def take_back(db: Session, person_id: int, invitation_id: int, *, by: int, now: datetime) -> None:
    """An invitation is no more; only who leads the household. Raises `NotFound`, `NotAllowed`."""
    with transaction(db) as tx:
        household_id = _own(tx, person_id)
        _must_lead(tx, household_id, person_id)
        ours = (_INVITATIONS.id == invitation_id) & (_INVITATIONS.household_id == household_id)
        if tx.execute(delete(_INVITATIONS).where(ours).returning(_INVITATIONS.id)).one_or_none() is None:
            raise NotFound
        record(tx, "household.invitation_taken_back", "member", person_id, by=by, now=now)


def accept(db: Session, person_id: int, invitation_id: int, *, share: bool, by: int, now: datetime) -> None:
    """Say yes; `share`: with points, from the club's waiting time on.

    Raises `HouseholdsClosed`, `InvitationGone`, `AlreadyInHousehold`, `HouseholdFull`.
    """
    with transaction(db) as tx:
        club = the_club(tx)
        terms, today = terms_in(club), club_day(now, club.time_zone)
        _hold_person(tx, person_id)
        asked = next((one for one in invitations_of(tx, person_id, now) if one.id == invitation_id), None)
        if asked is None or _adult(tx, Person.id == person_id, today) is None:
            raise InvitationGone
        if not lock_household(tx, asked.household_id):
            raise InvitationGone
        if household_id_of(tx, person_id) is not None:
            raise AlreadyInHousehold
        members = members_of(tx, asked.household_id)
        if not members:
            raise InvitationGone
        may_have_one_more(terms, len(members), 0)
        tx.execute(delete(_INVITATIONS).where(_INVITATIONS.id == invitation_id))
        _add(tx, asked.household_id, person_id, shares_from(terms, today) if share else None, now)
        record(tx, "household.joined", "member", person_id, by=by, now=now)


def decline(db: Session, person_id: int, invitation_id: int, *, by: int, now: datetime) -> None:
    """Say no; whoever asked is not told. Raises `InvitationGone`."""
    with transaction(db) as tx:
        declined = (
            update(_INVITATIONS)
            .where(_INVITATIONS.id == invitation_id, _INVITATIONS.person_id == person_id)
            .where(_INVITATIONS.declined_at.is_(None))
            .values(declined_at=now)
            .returning(_INVITATIONS.id)
        )
        if tx.execute(declined).one_or_none() is None:
            raise InvitationGone
        record(tx, "household.declined", "member", person_id, by=by, now=now)


def share_points(db: Session, person_id: int, *, share: bool, by: int, now: datetime) -> None:
    """Begin sharing, from the waiting time on, or stop at once. Raises `NoHousehold`, `HouseholdsClosed`."""
    with transaction(db) as tx:
        club = the_club(tx)
        first: date | None = None
        _own(tx, person_id)
        if share:
            first = shares_from(terms_in(club), club_day(now, club.time_zone))
        mine = _MEMBERS.person_id == person_id
        is_other = _MEMBERS.shares_from.is_(None) if share else _MEMBERS.shares_from.is_not(None)
        changed = update(_MEMBERS).where(mine, is_other).values(shares_from=first).returning(_MEMBERS.id)
        if tx.execute(changed).one_or_none() is not None:
            record(tx, "household.sharing_changed", "member", person_id, by=by, now=now, shares=share)


def leave(db: Session, person_id: int, *, by: int, now: datetime) -> None:
    """Go, with all own points. What others spent of them stays spent, and comes back to them. Raises `NoHousehold`."""
    with transaction(db) as tx:
        _take_out(tx, _own(tx, person_id), person_id)
        record(tx, "household.left", "member", person_id, by=by, now=now)


def remove(db: Session, person_id: int, other_id: int, *, by: int, now: datetime) -> None:
    """Who leads it takes somebody out, who is told. Raises `NoHousehold`, `NotAllowed`, `NotFound`."""
    with transaction(db) as tx:
        household_id = _own(tx, person_id)
        _must_lead(tx, household_id, person_id)
        if other_id == person_id:
            raise NotAllowed
        _take_out(tx, household_id, other_id)
        entry_id = record(tx, "household.removed", "member", person_id, by=by, now=now, customer=other_id)
        _tell_all(tx, [other_id], entry_id, now)


def dissolve(db: Session, household_id: int | None, why: str, by: int, role: Role | None, now: datetime) -> None:
    """Staff end it; all keep their own points, and are told. Raises `NotAllowed`, `ReasonMissing`, `NoHousehold`."""
    require(role, Permission.ADJUST_POINTS)
    reason = why.strip()
    if not reason:
        raise ReasonMissing
    with transaction(db) as tx:
        if household_id is None or not lock_household(tx, household_id):
            raise NoHousehold
        people = list(tx.scalars(select(_MEMBERS.person_id).where(_MEMBERS.household_id == household_id)))
        _end(tx, household_id)
        for person_id in people:
            entry_id = record(
                tx, "household.dissolved", "member", person_id, by=by, now=now, why=reason, person_id=person_id
            )
            _tell_all(tx, [person_id], entry_id, now)


def forget_old(db: Session, now: datetime) -> int:
    """Invitations whose time is over, with what was typed into them; how many."""
    with transaction(db) as tx:
        over = delete(_INVITATIONS).where(_INVITATIONS.ends_at <= now).returning(_INVITATIONS.id)
        return len(tx.execute(over).all())


# --- the steps


def _add(tx: Transaction, household_id: int, person_id: int, first: date | None, now: datetime) -> None:
    row = {"household_id": household_id, "person_id": person_id, "joined_at": now, "shares_from": first}
    tx.execute(insert(_MEMBERS).values(row))


def _take_out(tx: Transaction, household_id: int, person_id: int) -> None:
    """A household of one that waits for nobody is none."""
    gone = delete(_MEMBERS).where(_MEMBERS.person_id == person_id, _MEMBERS.household_id == household_id)
    if tx.execute(gone.returning(_MEMBERS.id)).one_or_none() is None:
        raise NotFound
    if len(members_of(tx, household_id)) <= 1:
        _end(tx, household_id)


def _end(tx: Transaction, household_id: int) -> None:
    for table in (_INVITATIONS, _MEMBERS):
        tx.execute(delete(table).where(table.household_id == household_id))
    tx.execute(delete(Household).where(Household.id == household_id))


def _own(tx: Transaction, person_id: int) -> int:
    household_id = lock_household_of(tx, person_id)
    if household_id is None:
        raise NoHousehold
    return household_id


def _must_lead(tx: Transaction, household_id: int, person_id: int) -> None:
    if not any(one.leads and one.person_id == person_id for one in members_of(tx, household_id)):
        raise NotAllowed


def _hold_person(tx: Transaction, person_id: int) -> None:
    """So that nobody founds two households, or joins one while founding another."""
    tx.execute(select(Person.id).where(Person.id == person_id).with_for_update())


# --- who


def _is_called(typed: str) -> Any:
    number = number_typed(typed)
    by_address = Account.email_key == email_key(typed)
    return by_address if number is None else or_(by_address, Person.member_number == number)


def _adult(db: Session, who: Any, today: date) -> _Adult | None:
    """A member with an account, who is not known to be a minor and does not leave the club."""
    row = db.execute(_ADULTS.where(who)).first()
    if row is None:
        return None
    if row.birth_year is not None and row.birth_month is not None and row.birth_day is not None:
        born = date(row.birth_year, row.birth_month, row.birth_day)
        if add_months(born, OF_AGE_MONTHS) > today:
            return None
    return _Adult(row.id, row.called, row.email, row.language)


_ADULTS = (
    select(
        Person.id,
        func.coalesce(func.nullif(Person.call_name, ""), Person.full_name).label("called"),
        Person.email,
        Person.language,
        Person.birth_year,
        Person.birth_month,
        Person.birth_day,
    )
    .join(Account, and_(Account.id == Person.account_id, Account.disabled_at.is_(None)))
    .where(Person.member_number.is_not(None), Person.merged_into.is_(None), Person.leaves_on.is_(None))
    .order_by(Person.id)
)


def _tell_all(tx: Transaction, person_ids: Sequence[int], entry_id: int, now: datetime) -> None:
    for row in tx.execute(_ADULTS.where(Person.id.in_(person_ids))):
        who = _Adult(row.id, row.called, row.email, row.language)
        _tell(tx, "household.ended", who, f"household:ended:{entry_id}", now)


def _tell(tx: Transaction, act: str, who: _Adult, occurrence: str, now: datetime, **data: object) -> None:
    if not who.email:
        return
    queue(
        tx, act, occurrence=occurrence, recipient=who.email, language=who.language, person_id=who.person_id,
        data={"name": who.called, **data}, now=now,
    )  # fmt: skip
