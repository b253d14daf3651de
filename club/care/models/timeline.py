"""Everything that ever happened with one person, in one order, a page at a time.

One statement puts the sources together; a second one fetches why points came and went. Each source is asked along its
index on the person.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Integer, Select, and_, bindparam, or_, select, union_all
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
    OTHER = "other"


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


def timeline(db: Session, person_id: int, what: Collection[What] | None, *, limit: int, offset: int = 0) -> list[Event]:
    """What happened, the newest first. `what` None: all of it. Two queries at most."""
    asked = _statement(frozenset(What if what is None else what), what is not None, is_sqlite(db))
    rows = db.execute(asked, {"person_id": person_id, "limit": limit, "offset": offset}).all()
    whys = _whys(db, [(row.kind, row.id) for row in rows])
    return [
        Event(
            row.kind, row.id, row.at, bool(row.is_dated), row.by, row.a, row.b, row.c, row.text, row.m, row.n, row.k,
            row.on, whys.get((row.kind, row.id)),
        )
        for row in rows
    ]  # fmt: skip


@cache
def _statement(wanted: frozenset[What], is_narrowed: bool, on_sqlite: bool) -> Select[Any]:
    """Putting it together takes as long as all else on the page, so it is done once."""
    person_id = bindparam("person_id", type_=BigInteger)
    events = union_all(*_sources(person_id, wanted, is_narrowed, on_sqlite)).subquery("events")
    return (
        select(events)
        .order_by(events.c.at.desc(), events.c.rank.desc(), events.c.id.desc())
        .limit(bindparam("limit", type_=Integer))
        .offset(bindparam("offset", type_=Integer))
    )


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
        What.OTHER: (sources.joining, sources.carers, sources.preferences),
    }
    found = [make(who, on_sqlite) for one, several in makers.items() if one in wanted for make in several]
    if What.POINTS in wanted:
        found.append(sources.movements(who, on_sqlite, with_purchases=is_narrowed and What.PURCHASES not in wanted))
    return found


def _whys(db: Session, lines: list[tuple[str, int]]) -> dict[tuple[str, int], Mapping[str, object]]:
    """Why points came and went: of movements by their id, of purchases and returns by what they caused."""
    columns = MOVEMENTS.c
    by_kind = {"purchase": "purchase.earned", "return": "purchase.reversed"}
    causes = {line: [row_id for kind, row_id in lines if kind == line] for line in by_kind}
    moved = [row_id for kind, row_id in lines if kind == "points"]
    asked = [and_(columns.kind == by_kind[line], columns.cause_id.in_(ids)) for line, ids in causes.items() if ids]
    if moved:
        asked.append(columns.id.in_(moved))
    if not asked:
        return {}
    found: dict[tuple[str, int], Mapping[str, object]] = {}
    back = {kind: line for line, kind in by_kind.items()}
    for row in db.execute(select(columns.id, columns.kind, columns.cause_id, columns.why).where(or_(*asked))):
        why = row.why or {}
        found["points", row.id] = why
        if row.kind in back:
            found[back[row.kind], row.cause_id] = why
    return found
