"""What a member has, and how it came about. Read pages use these: tuples of columns, few queries."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Row, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session

from club.database import BigId
from club.errors import NotFound
from club.points.models.tables import BALANCES, LOTS, MEMBER_ACCOUNTS, MOVEMENTS, NOTES, STILL_ACTIVE
from club.points.rules import is_over


class Expiring(NamedTuple):
    """So many points can be spent until the end of this day."""

    last_day: date
    points: int


@dataclass(frozen=True)
class BalanceView:
    """What a member has today. What is over is left out, whether or not the night has ended it."""

    active: int
    pending: int
    held: int
    owed: int
    """The debt, as a positive number."""
    expiring: tuple[Expiring, ...]
    """Active points that end some day, soonest first."""


class Sums(NamedTuple):
    """A member's accounts after a set of movements. `debt` is zero or below."""

    active: int
    pending: int
    held: int
    debt: int


class StatementRow(NamedTuple):
    """One movement as a statement shows it; `active_after` is the running balance of active points."""

    movement_id: int
    dated_on: date
    kind: str
    cause_id: int
    active: int
    pending: int
    held: int
    debt: int
    why: dict[str, object] | None
    words: str | None
    """The reason of a change by hand."""
    active_after: int


_MEMBER_ID: BindParameter[int] = bindparam("member_id", type_=BigId)
_ENDING_LOTS = and_(LOTS.c.member_id == BALANCES.c.member_id, STILL_ACTIVE, LOTS.c.expires_on.is_not(None))
_ACCOUNTS = tuple(BALANCES.c[name] for name in MEMBER_ACCOUNTS)
BALANCE = (
    select(*_ACCOUNTS, LOTS.c.expires_on, func.sum(LOTS.c.active).label("ending"))
    .select_from(BALANCES.outerjoin(LOTS, _ENDING_LOTS))
    .where(BALANCES.c.member_id == _MEMBER_ID)
    .group_by(*_ACCOUNTS, LOTS.c.expires_on)
    .order_by(LOTS.c.expires_on)
)
"""The accounts of `:member_id`, a row for each day on which some of the points end."""
_SUMS = select(*(func.coalesce(func.sum(MOVEMENTS.c[name]), 0).label(name) for name in MEMBER_ACCOUNTS)).where(
    MOVEMENTS.c.member_id == _MEMBER_ID
)
_SUMS_UNTIL = _SUMS.where(MOVEMENTS.c.dated_on <= bindparam("day"))
_SUMS_BEFORE = _SUMS.where(MOVEMENTS.c.dated_on < bindparam("day"))
_RUNNING = func.sum(MOVEMENTS.c.active).over(order_by=(MOVEMENTS.c.dated_on, MOVEMENTS.c.id), rows=(None, 0))
_OF_MEMBER = (
    select(MOVEMENTS, _RUNNING.label("active_after")).where(MOVEMENTS.c.member_id == _MEMBER_ID).subquery("of_member")
)
_MOVED = _OF_MEMBER.c
_STATEMENT = (
    select(_MOVED.id, *(_MOVED[name] for name in StatementRow._fields[1:9]), NOTES.c.words, _MOVED.active_after)
    .select_from(_OF_MEMBER.outerjoin(NOTES, NOTES.c.movement_id == _MOVED.id))
    .order_by(_MOVED.dated_on.desc(), _MOVED.id.desc())
    .limit(bindparam("most"))
    .offset(bindparam("offset"))
)
_ALL_DAYS = (date.min, date.max)
_STATEMENT_OF_DAYS = _STATEMENT.where(_MOVED.dated_on.between(bindparam("first"), bindparam("last")))


def balance_of(db: Session, member_id: int, today: date) -> BalanceView:
    """A member's balance, one query. Raises `NotFound` for who has no account."""
    rows = db.execute(BALANCE, {"member_id": member_id}).all()
    if not rows:
        raise NotFound
    return balance_from(rows, today)


def balance_from(rows: Sequence[Row[*tuple[Any, ...]]], today: date) -> BalanceView:
    """The same from the rows of `BALANCE`, whatever else they carry."""
    ending = [Expiring(row.expires_on, int(row.ending)) for row in rows if row.expires_on is not None]
    over = sum(points for last_day, points in ending if is_over(last_day, today))
    first = rows[0]
    return BalanceView(
        active=first.active - over,
        pending=first.pending,
        held=first.held,
        owed=-first.debt,
        expiring=tuple(part for part in ending if not is_over(part.last_day, today)),
    )


def sums_until(db: Session, member_id: int, day: date | None, *, before: bool = False) -> Sums:
    """What a member's accounts came to at the end of a day (before it began, with `before`); None: all there is."""
    query = _SUMS if day is None else _SUMS_BEFORE if before else _SUMS_UNTIL
    return Sums(*(int(total) for total in db.execute(query, {"member_id": member_id, "day": day}).one()))


def statement(
    db: Session,
    member_id: int,
    first: date | None,
    last: date | None,
    acts: Collection[str] | None = None,
    limit: int | None = 100,
    offset: int = 0,
) -> list[StatementRow]:
    """A member's movements of a period, latest first; the running balance over all of them.

    `acts` keeps the kinds that end with one of these words: earned, spent, expired …
    """
    query = _STATEMENT if first is last is None else _STATEMENT_OF_DAYS
    if acts is not None:
        query = query.where(or_(*(_MOVED.kind.like(f"%.{act}") for act in acts)))
    if limit is None:
        query = query.limit(None).offset(None)
    earliest, latest = _ALL_DAYS
    days = {"first": first or earliest, "last": last or latest}
    page = db.execute(query, {"member_id": member_id, "most": limit, "offset": offset, **days})
    return [StatementRow(*row)._replace(active_after=int(row.active_after)) for row in page]


def points_out(db: Session) -> int:
    """Points that members have and may spend some day, over everybody."""
    total = db.scalar(select(func.sum(BALANCES.c.active + BALANCES.c.pending + BALANCES.c.held)))
    return int(total or 0)
