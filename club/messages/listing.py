"""The outbox as staff look through it: one page of it, how much needs them, the history of one message.

Every view reads along an index, so a page of a million messages costs what a page of a hundred costs.
"""

from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from club.accounts.models import Staff
from club.members.models import Person
from club.messages.models import Message, MessageEvent, is_waiting
from club.messages.rules import Cause, Standing, standing_of

MOST_COUNTED = 1000
HISTORY_SHOWN = 50


class View(StrEnum):
    """A part of the outbox."""

    ALL = "all"
    WAITING = "waiting"
    FAILED = "failed"
    CAME_BACK = "came_back"


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One line of the list."""

    id: int
    act: str
    person_id: int | None
    person_name: str | None
    recipient: str
    language: str
    state: str
    cause: str
    tries: int
    next_try_at: datetime
    waits_for: str
    created_at: datetime
    sent_at: datetime | None
    came_back_at: datetime | None
    last_error: str

    def standing(self, now: datetime) -> Standing:
        """Where it stands now."""
        return standing_of(self.state, self.cause, self.tries, self.came_back_at, self.next_try_at, now, self.waits_for)


@dataclass(frozen=True)
class Happening:
    """A line of one message's history."""

    at: datetime
    kind: str
    said: str
    by: str | None
    """The name of whoever did it; none: the program."""


_MESSAGE = Message.__table__.c
_IN_VIEW = {
    View.WAITING: is_waiting(),
    View.FAILED: (_MESSAGE.state == "given_up") & (_MESSAGE.cause != Cause.INBOX.value),
    View.CAME_BACK: _MESSAGE.came_back_at.is_not(None),
}


def outbox(
    db: Session,
    view: View,
    *,
    act: str = "",
    person_id: int | None = None,
    recipient: str = "",
    limit: int,
    offset: int = 0,
) -> list[Listed]:
    """One page: newest first; what waits, in the order in which it is due."""
    wanted = [condition for condition in (_IN_VIEW.get(view),) if condition is not None]
    if act:
        wanted.append(_MESSAGE.act == act)
    if person_id is not None:
        wanted.append(_MESSAGE.person_id == person_id)
    if recipient:
        wanted.append(_MESSAGE.recipient.in_({recipient, recipient.lower(), recipient.casefold()}))
    order = [_MESSAGE.next_try_at, _MESSAGE.id] if view is View.WAITING else [_MESSAGE.id.desc()]
    page = select(_MESSAGE.id).where(*wanted).order_by(*order).limit(limit).offset(offset)
    columns: list[ColumnElement[object]] = [_MESSAGE[one.name] for one in fields(Listed) if one.name in _MESSAGE]
    statement = (
        select(*columns, Person.full_name.label("person_name"))
        .outerjoin(Person, Person.id == _MESSAGE.person_id)
        .where(_MESSAGE.id.in_(page.subquery().select()))
        .order_by(*order)
    )
    return [Listed(**row._mapping) for row in db.execute(statement)]


def counts(db: Session) -> dict[View, int]:
    """How many wait, were given up and came back, each counted up to `MOST_COUNTED`."""
    row = db.execute(select(*(_counted(condition).label(view) for view, condition in _IN_VIEW.items()))).one()
    return {view: row._mapping[view] for view in _IN_VIEW}


def oldest_waiting(db: Session) -> datetime | None:
    """Since when the message waits that should have gone first."""
    statement = select(_MESSAGE.created_at).where(_IN_VIEW[View.WAITING]).order_by(_MESSAGE.next_try_at, _MESSAGE.id)
    return db.scalar(statement.limit(1))


def history_of(db: Session, message_id: int) -> list[Happening]:
    """What happened to one message besides being queued and sent, first thing first."""
    statement = (
        select(MessageEvent.at, MessageEvent.kind, MessageEvent.said, Staff.name)
        .outerjoin(Staff, Staff.account_id == MessageEvent.by)
        .where(MessageEvent.message_id == message_id)
        .order_by(MessageEvent.id)
        .limit(HISTORY_SHOWN)
    )
    return [Happening(*row) for row in db.execute(statement)]


def _counted(condition: ColumnElement[bool]) -> ColumnElement[int]:
    some: Select[tuple[int]] = select(_MESSAGE.id).where(condition).limit(MOST_COUNTED)
    return select(func.count()).select_from(some.subquery()).scalar_subquery()
