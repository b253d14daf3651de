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

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    DateTime,
    Integer,
    Select,
    String,
    Text,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import Session

from club.care.models.tables import CARERS, COMMITMENTS, INTERACTIONS, PREFERENCES, TASKS
from club.database import UtcDateTime, is_sqlite
from club.members.models import Consent, Person
from club.messages.acts import PERSONAL
from club.messages.models import Message
from club.points.models import MOVEMENTS, NOTES
from club.purchases.models import Correction, Purchase
from club.tiers.models import Status

TOLD_WITH_PURCHASES = ("purchase.earned", "purchase.reversed")
"""Movements that are said on the line of their purchase or return."""


Who = ColumnElement[int]
"""Whose: filled in when it is asked."""


class What(StrEnum):
    """A source of the timeline, and what it can be narrowed to."""

    PURCHASES = "purchases"
    POINTS = "points"
    TIER = "tier"
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


def _sources(who: Who, wanted: Collection[What], is_narrowed: bool, on_sqlite: bool) -> list[Select[Any]]:
    makers = {
        What.PURCHASES: (_purchases, _returns),
        What.TIER: (_terms,),
        What.MESSAGES: (_messages,),
        What.CONSENTS: (_consents,),
        What.NOTES: (_interactions,),
        What.TASKS: (_tasks, _promises),
        What.OTHER: (_joining, _carers, _preferences),
    }
    found = [make(who, on_sqlite) for one, several in makers.items() if one in wanted for make in several]
    if What.POINTS in wanted:
        found.append(_movements(who, on_sqlite, with_purchases=is_narrowed and What.PURCHASES not in wanted))
    return found


def _event(
    kind: str | ColumnElement[str],
    row_id: ColumnElement[int],
    at: ColumnElement[Any],
    *,
    rank: int = 5,
    is_dated: bool = False,
    **values: ColumnElement[Any],
) -> Select[Any]:
    """One line of each source in the same columns. Of one moment the higher rank stands above."""

    def text(name: str) -> ColumnElement[Any]:
        return cast(values[name], String) if name in values else cast(null(), String)

    def whole(name: str) -> ColumnElement[Any]:
        return values[name] if name in values else cast(null(), BigInteger)

    return select(
        (literal(kind) if isinstance(kind, str) else kind).label("kind"),
        row_id.label("id"),
        type_coerce(at, UtcDateTime).label("at"),
        literal(rank).label("rank"),
        literal(int(is_dated)).label("is_dated"),
        whole("by").label("by"),
        *(text(name).label(name) for name in ("a", "b", "c")),
        (cast(values["text"], Text) if "text" in values else cast(null(), Text)).label("text"),
        *(whole(name).label(name) for name in ("m", "n", "k")),
        (values["on"] if "on" in values else cast(null(), Date)).label("on"),
    )


def _moment(day: ColumnElement[date], recorded: ColumnElement[datetime], on_sqlite: bool) -> ColumnElement[Any]:
    """When something dated happened: the moment it was recorded if that was on its day, else the day's beginning."""
    begins: ColumnElement[Any] = (
        type_coerce(day, String) + " 00:00:00.000000" if on_sqlite else cast(day, DateTime(timezone=True))
    )
    return case((func.date(recorded) == day, recorded), else_=begins)


def _yes(column: ColumnElement[bool]) -> ColumnElement[int]:
    return case((column, 1), else_=0)


def _purchases(person_id: Who, on_sqlite: bool) -> Select[Any]:
    """a channel, b reference; m amount, n points, k what is left of the amount; on its day."""
    columns = Purchase.__table__.c
    return _event(
        "purchase", columns.id, _moment(columns.bought_on, columns.recorded_at, on_sqlite), is_dated=True,
        by=columns.recorded_by, a=columns.channel, b=columns.reference, m=columns.amount, n=columns.points,
        k=columns.net_amount, on=columns.bought_on,
    ).where(columns.member_id == person_id)  # fmt: skip


def _returns(person_id: Who, on_sqlite: bool) -> Select[Any]:
    """a return or cancellation, b reference; m amount, n points, k the purchase."""
    columns, bought = Correction.__table__.c, Purchase.__table__.c
    return (
        _event(
            "return", columns.id, _moment(columns.corrected_on, columns.recorded_at, on_sqlite), is_dated=True,
            rank=6, by=columns.recorded_by, a=columns.kind, b=columns.reference, m=columns.amount, n=columns.points,
            k=columns.purchase_id, on=columns.corrected_on,
        )
        .join_from(Correction, Purchase, bought.id == columns.purchase_id)
        .where(bought.member_id == person_id)
    )  # fmt: skip


def _movements(person_id: Who, on_sqlite: bool, *, with_purchases: bool) -> Select[Any]:
    """a kind, text the words of a change by hand; m active, n pending."""
    columns = MOVEMENTS.c
    query = (
        _event(
            "points", columns.id, _moment(columns.dated_on, columns.posted_at, on_sqlite), is_dated=True, rank=4,
            by=NOTES.c.by, a=columns.kind, text=NOTES.c.words, m=columns.active, n=columns.pending, k=columns.held,
            on=columns.dated_on,
        )
        .select_from(MOVEMENTS.outerjoin(NOTES, NOTES.c.movement_id == columns.id))
        .where(columns.member_id == person_id)
    )  # fmt: skip
    return query if with_purchases else query.where(columns.kind.not_in(TOLD_WITH_PURCHASES))


def _terms(person_id: Who, on_sqlite: bool) -> Select[Any]:
    """a rung, b how; on the last day."""
    columns = Status.__table__.c
    return _event(
        "tier", columns.id, _moment(columns.since, columns.recorded_at, on_sqlite), is_dated=True, rank=3,
        a=columns.rung_key, b=columns.how, on=columns.until,
    ).where(columns.member_id == person_id)  # fmt: skip


def _messages(person_id: Who, _: bool) -> Select[Any]:
    """a act, b state; of a personal letter c its subject, text its words."""
    columns = Message.__table__.c
    is_personal = columns.act == PERSONAL
    return _event(
        "message",
        columns.id,
        columns.created_at,
        rank=2,
        a=columns.act,
        b=columns.state,
        c=case((is_personal, Message.data["subject"].as_string())),
        text=case((is_personal, Message.data["words"].as_string())),
    ).where(columns.person_id == person_id)


def _consents(person_id: Who, _: bool) -> Select[Any]:
    """a purpose, b channel, c the form or file; m 1 for yes; text the version of the words."""
    columns = Consent.__table__.c
    return _event(
        "consent", columns.id, columns.at, a=columns.purpose, b=columns.channel, c=columns.source,
        text=columns.text_version, m=_yes(columns.is_given),
    ).where(columns.person_id == person_id)  # fmt: skip


def _interactions(person_id: Who, _: bool) -> Select[Any]:
    """The kind is its own: a direction, b outcome; m 1 where pinned, n 1 where edited."""
    columns = INTERACTIONS.c
    return _event(
        columns.kind, columns.id, columns.at, rank=7, by=columns.by, a=columns.direction, b=columns.outcome,
        text=columns.summary, m=_yes(columns.is_pinned), n=_yes(columns.edited_at.is_not(None)),
    ).where(columns.person_id == person_id)  # fmt: skip


def _tasks(person_id: Who, _: bool) -> Select[Any]:
    """Where it was made or, once closed, where it was closed: a what, b state; m owner; on its day."""
    columns = TASKS.c
    return _event(
        "task", columns.id, func.coalesce(columns.closed_at, columns.made_at), rank=6,
        by=func.coalesce(columns.closed_by, columns.made_by), a=columns.what, b=columns.state, m=columns.owner_id,
        on=columns.due_on,
    ).where(columns.person_id == person_id)  # fmt: skip


def _promises(person_id: Who, _: bool) -> Select[Any]:
    """As a task; n 1 where the customer was told."""
    columns = COMMITMENTS.c
    return _event(
        "promise", columns.id, func.coalesce(columns.closed_at, columns.made_at), rank=6,
        by=func.coalesce(columns.closed_by, columns.made_by), a=columns.what, b=columns.state, m=columns.owner_id,
        n=_yes(columns.was_told), on=columns.due_on,
    ).where(columns.person_id == person_id)  # fmt: skip


def _joining(person_id: Who, on_sqlite: bool) -> Select[Any]:
    """a how the club came to know them, b the member number; on the day of joining."""
    columns = Person.__table__.c
    day = func.coalesce(columns.joined_on, func.date(columns.created_at))
    return _event(
        "joined", columns.id, _moment(day, columns.created_at, on_sqlite), rank=0, is_dated=True, a=columns.source,
        b=columns.member_number, on=columns.joined_on,
    ).where(columns.id == person_id)  # fmt: skip


def _carers(person_id: Who, _: bool) -> Select[Any]:
    """m who looks after them from then on."""
    columns = CARERS.c
    return _event("carer", columns.id, columns.since, by=columns.by, m=columns.account_id).where(
        columns.person_id == person_id
    )


def _preferences(person_id: Who, _: bool) -> Select[Any]:
    """a kind, text what; m 1 where it no longer holds."""
    columns = PREFERENCES.c
    return _event(
        "preference", columns.id, columns.made_at, by=columns.by, a=columns.kind, text=columns.what,
        m=_yes(columns.ended_at.is_not(None)),
    ).where(columns.person_id == person_id)  # fmt: skip


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
