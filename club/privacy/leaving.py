"""A member leaves: asked for with the password, taken back at any time within 30 days, then done by the night."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Select, func, or_, select, update
from sqlalchemy.orm import Session

from club.access.service import Asking
from club.access.service.links import name_of
from club.access.service.passwords import check_own_password
from club.accounts.models import the_login
from club.audit import record
from club.clock import club_day
from club.database import Transaction, transaction
from club.errors import LeavingOpen, UnknownMember
from club.events.models import ANSWERS, EVENTS
from club.events.rules import Answer
from club.events.rules import State as EventState
from club.members.models import Person
from club.messages.acts import ACTS
from club.messages.many import withdraw
from club.messages.service import queue
from club.orders.credit.models import AccountDue
from club.orders.models import Order
from club.orders.rules import State
from club.programme.models import the_club
from club.returns.models import ReturnCase
from club.returns.rules import OPEN

DAYS_TO_UNDO = 30
_UNDERWAY = (State.PENDING.value, State.PLACED.value)
_COMING = (Answer.GOING.value, Answer.OFFERED.value)


@dataclass(frozen=True)
class Open:
    """What has to come to its end first. `owed` in minor units."""

    orders: int
    owed: int
    seats: int
    returns: int

    @property
    def is_anything(self) -> bool:
        """Whether leaving has to wait."""
        return bool(self.orders or self.owed or self.seats or self.returns)


def open_things(db: Session, person_id: int, now: datetime) -> Open:
    """What keeps a member from leaving now, one query."""
    orders, dues, seats, returns = (asked.where(owner == person_id) for asked, owner in _open(now))
    row = db.execute(
        select(
            orders.with_only_columns(func.count()).scalar_subquery(),
            dues.with_only_columns(func.coalesce(func.sum(AccountDue.amount), 0)).scalar_subquery(),
            seats.with_only_columns(func.count()).scalar_subquery(),
            returns.with_only_columns(func.count()).scalar_subquery(),
        )
    ).one()
    return Open(*(int(value) for value in row))


def nothing_open(now: datetime) -> ColumnElement[bool]:
    """The same as a condition on a person, for everybody at once."""
    return ~or_(*(asked.where(owner == Person.id).exists() for asked, owner in _open(now)))


def _open(now: datetime) -> list[tuple[Select[int], ColumnElement[int]]]:
    """Orders under way, what is owed, seats at events to come, goods on their way back; each with its owner."""
    order, due = Order.__table__.c, AccountDue.__table__.c
    coming = (
        select(ANSWERS.c.id)
        .join(EVENTS, EVENTS.c.id == ANSWERS.c.event_id)
        .where(ANSWERS.c.state.in_(_COMING), EVENTS.c.starts_at > now, EVENTS.c.state == EventState.PUBLISHED.value)
    )
    coming_back = (
        select(ReturnCase.id)
        .join(Order, Order.id == ReturnCase.order_id)
        .where(ReturnCase.state.in_([state.value for state in OPEN]))
    )
    return [
        (select(order.id).where(order.state.in_(_UNDERWAY)), order.person_id),
        (select(due.id).where(due.paid_on.is_(None), due.amount > 0), due.person_id),
        (coming, ANSWERS.c.person_id),
        (coming_back, order.person_id),
    ]


def leave(db: Session, person_id: int, account_id: int, *, password: str, asking: Asking, now: datetime) -> date:
    """Ask to be forgotten; the day from which it happens. Asked twice, the first day stands.

    What waits to be sent and could have been refused is not sent any more. Raises `WrongCredentials`, `TooManyTries`
    and `LeavingOpen`.
    """
    check_own_password(db, account_id, password, asking, now)
    last = club_day(now, the_club(db).time_zone) + timedelta(days=DAYS_TO_UNDO)
    with transaction(db) as tx:
        open_now = open_things(tx, person_id, now)
        if open_now.is_anything:
            raise LeavingOpen(open_now.orders, open_now.owed, open_now.seats, open_now.returns)
        asked = (
            update(Person)
            .where(Person.id == person_id, Person.member_number.is_not(None), Person.leaves_on.is_(None))
            .values(leaves_on=last)
            .returning(Person.id)
        )
        if tx.execute(asked).one_or_none() is not None:
            withdraw(tx, [act for act, one in ACTS.items() if one.can_be_refused], "", person_id)
            entry_id = record(tx, "person.leaves", "person", person_id, by=account_id, now=now, days=DAYS_TO_UNDO)
            _tell(tx, "leaving.asked", account_id, entry_id, {"until": last.isoformat()}, now)
        known = tx.scalar(select(Person.leaves_on).where(Person.id == person_id))
    if known is None:
        raise UnknownMember
    return known


def stay(db: Session, person_id: int, account_id: int, now: datetime) -> bool:
    """Take it back; whether there was anything to take back."""
    with transaction(db) as tx:
        back = (
            update(Person)
            .where(Person.id == person_id, Person.leaves_on.is_not(None), Person.left_on.is_(None))
            .values(leaves_on=None)
            .returning(Person.id)
        )
        if tx.execute(back).one_or_none() is None:
            return False
        entry_id = record(tx, "person.stays", "person", person_id, by=account_id, now=now)
        _tell(tx, "leaving.undone", account_id, entry_id, {}, now)
    return True


def _tell(tx: Transaction, act: str, account_id: int, entry_id: int, said: dict[str, object], now: datetime) -> None:
    login = the_login(tx, account_id)
    named = name_of(tx, login)
    queue(
        tx,
        act,
        occurrence=str(entry_id),
        recipient=login.email,
        language=login.language,
        person_id=named.person_id,
        addressee=f"account:{account_id}",
        data={"name": named.name, **said},
        now=now,
    )
