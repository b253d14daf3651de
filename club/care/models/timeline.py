"""Everything that ever happened with one person, in one order, a page at a time.

One statement puts the sources together and says why points came and went. Each source is asked along its index on the
person.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Integer, Select, bindparam, case, select, union_all
from sqlalchemy.orm import Session

from club.care.models import sources
from club.database import is_sqlite
from club.points.models import MOVEMENTS


class What(StrEnum):
    """A source of the timeline, and what it can be narrowed to."""

    PURCHASES = "purchases"
    ORDERS = "orders"
    POINTS = "points"
    TIER = "tier"
    BENEFITS = "benefits"
    MESSAGES = "messages"
    CONSENTS = "consents"
    NOTES = "notes"
    TASKS = "tasks"
    QUESTIONS = "questions"
    OTHER = "other"


Source = tuple[What, Callable[[sources.Who, bool], Select[Any]]]
"""What another subject adds: what it is narrowed by, and its statement."""


@dataclass(frozen=True)
class Event:
    """One line. What `a` to `d`, `m`, `n` and `k` hold depends on the kind: see the function that asks for it."""

    kind: str
    id: int
    at: datetime
    is_dated: bool
    """Known by its day alone: no time of day is shown."""
    by: int | None
    a: str | None
    b: str | None
    c: str | None
    text: str | None
    m: int | None
    n: int | None
    k: int | None
    on: date | None
    why: Mapping[str, object] | None = None


def timeline(
    db: Session,
    person_id: int,
    what: Collection[What] | None,
    *,
    limit: int,
    offset: int = 0,
    more: tuple[Source, ...] = (),
) -> list[Event]:
    """What happened, the newest first. `what` None: all of it; `more`: what later subjects add. One query."""
    asked = _statement(frozenset(What if what is None else what), what is not None, is_sqlite(db), more)
    return [_event(*row) for row in db.execute(asked, {"person_id": person_id, "limit": limit, "offset": offset})]


def _event(kind: str, row_id: int, at: datetime, _rank: int, is_dated: int, *rest: Any) -> Event:
    return Event(kind, row_id, at, bool(is_dated), *rest)


@cache
def _statement(wanted: frozenset[What], is_narrowed: bool, on_sqlite: bool, more: tuple[Source, ...]) -> Select[Any]:
    """Putting it together takes as long as all else on the page, so it is done once."""
    person_id = bindparam("person_id", type_=BigInteger)
    found = _sources(person_id, wanted, is_narrowed, on_sqlite)
    found += [make(person_id, on_sqlite) for one, make in more if one in wanted]
    events = union_all(*found).subquery("events")
    page = (
        select(events)
        .order_by(events.c.at.desc(), events.c.rank.desc(), events.c.id.desc())
        .limit(bindparam("limit", type_=Integer))
        .offset(bindparam("offset", type_=Integer))
        .subquery("page")
    )
    return select(page, _why(page.c.kind, page.c.id)).order_by(page.c.at.desc(), page.c.rank.desc(), page.c.id.desc())


def _sources(who: sources.Who, wanted: Collection[What], is_narrowed: bool, on_sqlite: bool) -> list[Select[Any]]:
    makers = {
        What.PURCHASES: (sources.purchases, sources.returns),
        What.ORDERS: (sources.orders, sources.cases),
        What.TIER: (sources.terms,),
        What.BENEFITS: (sources.uses,),
        What.MESSAGES: (sources.messages,),
        What.CONSENTS: (sources.consents,),
        What.NOTES: (sources.interactions,),
        What.TASKS: (sources.tasks, sources.promises),
        What.OTHER: (
            sources.joining, sources.requests, sources.friends, sources.brought, sources.carers, sources.preferences,
            sources.answers,
        ),
    }  # fmt: skip
    found = [make(who, on_sqlite) for one, several in makers.items() if one in wanted for make in several]
    if What.POINTS in wanted:
        found.append(sources.movements(who, on_sqlite, with_purchases=is_narrowed and What.PURCHASES not in wanted))
    return found


def _why(kind: ColumnElement[str], row_id: ColumnElement[int]) -> ColumnElement[Any]:
    """Why points came and went: of movements their own, of purchases and returns that of what they caused."""
    columns = MOVEMENTS.c
    of_cause = {"purchase": "purchase.earned", "return": "purchase.reversed"}
    caused = [
        (kind == line, select(columns.why).where(columns.kind == act, columns.cause_id == row_id).scalar_subquery())
        for line, act in of_cause.items()
    ]
    own = select(columns.why).where(columns.id == row_id).scalar_subquery()
    return case((kind == "points", own), *caused).label("why")
