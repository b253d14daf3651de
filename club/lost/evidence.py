"""What happened to somebody before they fell silent: our own acts and omissions first. Nothing is typed in for it.

Read from the rows that other subjects keep, in the days before the silence. Deliveries tell nothing here until orders
exist.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Row,
    Select,
    String,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from club.care.models import Commitment, Interaction, Task
from club.care.rules import Direction, Kind, Outcome, PromiseState, TaskState
from club.catalogue.models import Price, Variant
from club.clock import club_day, day_ends, day_starts
from club.database import UtcDateTime
from club.insight.rules import Rhythm
from club.lost.models import Case
from club.messages.models import Message
from club.messages.rules import Cause as Returned
from club.points.models import MOVEMENTS
from club.purchases.models import Correction, Purchase, PurchaseLine
from club.tiers.models import Status

MOST_A_KIND = 20
MOST_READ = 100
ANSWER_WITHIN = timedelta(days=7)
"""Whoever wrote or asked to be called back hears from us within it, or was left without an answer."""


class Incident(StrEnum):
    """A kind of what may have driven somebody away."""

    RETURNED = "returned"
    CANCELLED = "cancelled"
    PROMISE_BROKEN = "promise_broken"
    PROMISE_LATE = "promise_late"
    TASK_UNDONE = "task_undone"
    UNANSWERED = "unanswered"
    MAIL_CAME_BACK = "mail_came_back"
    TIER_LOST = "tier_lost"
    POINTS_EXPIRED = "points_expired"
    PRICE_RISEN = "price_risen"


@dataclass(frozen=True)
class Evidence:
    """One incident. `number`: minor units given back, points, or a price with the one `before`.

    `words`: the promise, the task, the mail, the rung, the SKU.
    """

    kind: Incident
    on: date
    number: int | None
    words: str
    before: int | None = None


@dataclass(frozen=True)
class Days:
    """The days in which something may have driven somebody away, both counted, as the club reckons them."""

    first: date
    last: date
    zone: str

    def hold_day(self, column: Any) -> ColumnElement[bool]:
        """A day that lies among them."""
        return and_(column >= self.first, column <= self.last)

    def hold(self, column: Any) -> ColumnElement[bool]:
        """A moment that lies in them."""
        return and_(column >= day_starts(self.first, self.zone), column < day_ends(self.last, self.zone))


def days_before_silence(case: Case, rhythm: Rhythm, zone: str) -> Days:
    """From the rule's days before the last purchase until the day by which they would usually have bought again.

    With that day the silence begins; without a rhythm of their own it begins when the case does.
    """
    first = case.last_bought_on - timedelta(days=rhythm.looked_back_days)
    gap = case.usual_gap_days
    last = case.opened_on if gap is None else min(case.last_bought_on + timedelta(days=gap), case.opened_on)
    return Days(first, last, zone)


def evidence_of(db: Session, person_id: int, days: Days) -> list[Evidence]:
    """Every incident in those days, the latest first; of one kind the latest `MOST_A_KIND`. One statement."""
    sources = (_given_back, _promises, _tasks, _asked_in_vain, _mails, _terms, _expired, _dearer)
    parts = [source(person_id, days).limit(MOST_READ).subquery() for source in sources]
    rows = db.execute(union_all(*(select(part) for part in parts)))
    found = [one for row in rows if (one := _incident(row, days.zone)) is not None]
    found.sort(key=lambda one: (one.on, one.kind), reverse=True)
    shown: Counter[Incident] = Counter()
    kept = []
    for one in found:
        shown[one.kind] += 1
        if shown[one.kind] <= MOST_A_KIND:
            kept.append(one)
    return kept


def _incident(row: Row[Any], zone: str) -> Evidence | None:
    """What a row tells; None: it was done in time after all. Days are the club's, which no database reckons alone."""
    on = row.day if row.day is not None else club_day(row.at, zone)
    ended_on = None if row.ended is None else club_day(row.ended, zone)
    match row.kind:
        case Incident.PROMISE_LATE | Incident.TASK_UNDONE:
            if row.is_good_end and ended_on is not None and ended_on <= on:
                return None
        case Incident.UNANSWERED:
            if row.ended is not None and row.ended - row.at <= ANSWER_WITHIN:
                return None
    return Evidence(Incident(row.kind), on, row.number, row.words or "", row.before)


def _line(
    kind: Incident | ColumnElement[str],
    *,
    day: Any = None,
    at: Any = None,
    ended: Any = None,
    is_good_end: Any = None,
    number: Any = None,
    words: Any = None,
    before: Any = None,
) -> Select[Any]:
    """The same columns from every source: known by its day or its moment; when it ended, and whether well."""
    return select(
        (literal(kind.value) if isinstance(kind, Incident) else kind).label("kind"),
        (cast(null(), Date) if day is None else day).label("day"),
        (cast(null(), UtcDateTime) if at is None else at).label("at"),
        (cast(null(), UtcDateTime) if ended is None else ended).label("ended"),
        (literal(0) if is_good_end is None else case((is_good_end, 1), else_=0)).label("is_good_end"),
        (cast(null(), BigInteger) if number is None else cast(number, BigInteger)).label("number"),
        (cast(null(), String) if words is None else cast(words, String)).label("words"),
        (cast(null(), BigInteger) if before is None else before).label("before"),
    )


def _given_back(person_id: int, days: Days) -> Select[Any]:
    c = Correction
    kind = case((c.kind == "return", Incident.RETURNED.value), else_=Incident.CANCELLED.value)
    return (
        _line(kind, day=c.corrected_on, number=c.amount)
        .join_from(c, Purchase, Purchase.id == c.purchase_id)
        .where(Purchase.member_id == person_id, days.hold_day(c.corrected_on))
        .order_by(c.corrected_on.desc(), c.id.desc())
    )


def _promises(person_id: int, days: Days) -> Select[Any]:
    """Broken ones, and those that were kept after their day or wait still."""
    c = Commitment
    is_broken = c.state == PromiseState.BROKEN.value
    kind = case((is_broken, Incident.PROMISE_BROKEN.value), else_=Incident.PROMISE_LATE.value)
    return (
        _line(kind, day=c.due_on, ended=c.closed_at, is_good_end=c.state == PromiseState.KEPT.value, words=c.what)
        .where(c.person_id == person_id, days.hold_day(c.due_on))
        .order_by(c.due_on.desc(), c.id.desc())
    )


def _tasks(person_id: int, days: Days) -> Select[Any]:
    """Dropped ones, and those that were done after their day or wait still."""
    c = Task
    is_done = c.state == TaskState.DONE.value
    return (
        _line(Incident.TASK_UNDONE, day=c.due_on, ended=c.closed_at, is_good_end=is_done, words=c.what)
        .where(c.person_id == person_id, days.hold_day(c.due_on))
        .order_by(c.due_on.desc(), c.id.desc())
    )


def _asked_in_vain(person_id: int, days: Days) -> Select[Any]:
    """They wrote, or asked to be called back; with the moment at which somebody went to them next."""
    c, answer = Interaction, aliased(Interaction)
    waits = or_(
        c.kind.in_([Kind.MAIL.value, Kind.LETTER.value]),
        c.outcome.in_([Outcome.CALL_BACK.value, Outcome.MESSAGE_LEFT.value]),
    )
    went = (
        select(func.min(answer.at))
        .where(answer.person_id == person_id, answer.at > c.at, answer.direction == Direction.OUT.value)
        .correlate(c)
        .scalar_subquery()
    )
    return (
        _line(Incident.UNANSWERED, at=c.at, ended=went, words=c.summary)
        .where(c.person_id == person_id, days.hold(c.at), c.direction == Direction.IN.value, waits)
        .order_by(c.at.desc(), c.id.desc())
    )


def _mails(person_id: int, days: Days) -> Select[Any]:
    c = Message
    not_taken = and_(c.state == "given_up", c.cause.in_([Returned.ADDRESS.value, Returned.KNOWN.value]))
    return (
        _line(Incident.MAIL_CAME_BACK, at=c.created_at, words=c.act)
        .where(c.person_id == person_id, days.hold(c.created_at), or_(c.came_back_at.is_not(None), not_taken))
        .order_by(c.id.desc())
    )


def _terms(person_id: int, days: Days) -> Select[Any]:
    c = Status
    return (
        _line(Incident.TIER_LOST, day=c.since, words=c.rung_key)
        .where(c.member_id == person_id, c.how == "fell", days.hold_day(c.since))
        .order_by(c.since.desc(), c.id.desc())
    )


def _expired(person_id: int, days: Days) -> Select[Any]:
    """By day; what was taken back later did not happen."""
    c, undone = MOVEMENTS.c, MOVEMENTS.alias()
    is_undone = select(undone.c.id).where(undone.c.undoes_id == c.id).exists()
    return (
        _line(Incident.POINTS_EXPIRED, day=c.dated_on, number=func.sum(c.expired))
        .where(c.member_id == person_id, c.kind == "lot.expired", days.hold_day(c.dated_on), ~is_undone)
        .group_by(c.dated_on)
        .order_by(c.dated_on.desc())
    )


def _dearer(person_id: int, days: Days) -> Select[Any]:
    """The usual price of something that they had bought went up."""
    p, earlier = Price, aliased(Price)
    before = (
        select(earlier.amount)
        .where(
            earlier.product_id == p.product_id,
            func.coalesce(earlier.variant_id, 0) == func.coalesce(p.variant_id, 0),
            earlier.kind == p.kind,
            earlier.min_quantity == p.min_quantity,
            tuple_(earlier.from_on, earlier.id) < tuple_(p.from_on, p.id),
        )
        .order_by(earlier.from_on.desc(), earlier.id.desc())
        .limit(1)
        .correlate(p)
        .scalar_subquery()
    )
    bought = (
        select(PurchaseLine.sku)
        .join(Purchase, Purchase.id == PurchaseLine.purchase_id)
        .where(Purchase.member_id == person_id, PurchaseLine.sku != "")
    )
    return (
        _line(Incident.PRICE_RISEN, day=p.from_on, number=p.amount, words=Variant.sku, before=before)
        .join_from(
            p, Variant, and_(Variant.product_id == p.product_id, func.coalesce(p.variant_id, Variant.id) == Variant.id)
        )
        .where(Variant.sku.in_(bought), p.kind == "base", days.hold_day(p.from_on), p.amount > before)
        .order_by(p.from_on.desc(), p.id.desc())
    )
