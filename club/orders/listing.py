"""Orders as staff look through them: by what is to be done next, along the indexes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, bindparam, case, exists, func, literal, or_, select
from sqlalchemy.orm import Session

from club.catalogue.models import Stock
from club.database import UtcDateTime
from club.members.models import Person
from club.orders.credit.models import DUE_OF_ORDER
from club.orders.finding import ids_named
from club.orders.models import Order, OrderContact, OrderLine
from club.orders.rules import Counts, Delivery, Fulfilment, PayBy, PaymentStatus, State, fulfilment, payment_status
from club.texts import Texts

LONG_PENDING = timedelta(hours=2)
"""An order that waits for its payment for longer than that has something that needs a look."""
WAITS_LONG = timedelta(days=7)
"""Goods that nobody fetches for so long."""


class View(StrEnum):
    """What is to be done next with orders."""

    TO_PAY = "to_pay"
    TO_PACK = "to_pack"
    TO_SEND = "to_send"
    READY = "ready"
    SENT = "sent"
    PROBLEMS = "problems"
    ALL = "all"


class Sort(StrEnum):
    """What a list is put in order by."""

    PLACED = "placed"
    TOTAL = "total"


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which orders are asked for; what is left out narrows nothing."""

    view: View = View.ALL
    words: str = ""
    by_contact: bool = True
    """Whether the words may be an e-mail address or a phone number."""
    delivery: Delivery | None = None
    pay_by: PayBy | None = None
    state: State | None = None
    waits_long: bool = False
    """Only what waits at the counter for longer than `WAITS_LONG`."""
    in_trouble: Select[int] | None = None
    """Ids of orders whose money has something to it; they are problems too."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """An order in a list."""

    id: int
    number: str
    version: int
    state: State
    person_id: int | None
    buyer: str
    delivery: Delivery
    pay_by: PayBy
    country: str
    total: int
    paid: int
    refunded: int
    points: int
    carried: int
    """What another order paid of it, whose goods came back."""
    placed_at: datetime
    ready_at: datetime | None
    delivered_on: date | None
    method_name: Texts
    counts: Counts
    account_due: int | None
    """What its invoice leaves to be paid; None for an order that is on no account."""
    is_short: bool
    """More of its goods is promised than is there."""

    @property
    def fulfilment(self) -> Fulfilment:
        """What its goods did so far."""
        return fulfilment(self.state, self.counts, is_delivered=self.delivered_on is not None)

    @property
    def payment(self) -> PaymentStatus:
        """What its money did so far."""
        return payment_status(
            self.state, self.pay_by, self.total, self.paid, self.refunded, self.account_due,
            is_kept=self.counts.is_kept,
        )  # fmt: skip


_LINE = OrderLine
_OF_ORDER = _LINE.order_id == Order.id
_TO_PACK = exists().where(_OF_ORDER, _LINE.packed + _LINE.taken_out < _LINE.quantity)
_TO_SEND = exists().where(_OF_ORDER, _LINE.sent < _LINE.packed)
_GONE = exists().where(_OF_ORDER, _LINE.sent > 0)
_IS_OPEN = Order.state == State.PLACED.value
_SHORT = (
    exists()
    .where(_OF_ORDER, _LINE.packed + _LINE.taken_out < _LINE.quantity, Stock.variant_id == _LINE.variant_id)
    .where(or_(Stock.missing > 0, and_(Stock.is_counted, Stock.on_hand < 0)))
)


def orders(
    db: Session, wanted: Wanted, now: datetime, *, sort: Sort = Sort.PLACED, is_descending: bool = True, limit: int,
    offset: int = 0,
) -> list[Row]:  # fmt: skip
    """One page: two questions however many rows, one more where words are looked up."""
    found = conditions(db, wanted, now)
    key = Order.placed_at if sort is Sort.PLACED else Order.total
    order = [key.desc(), Order.id.desc()] if is_descending else [key, Order.id]
    return _rows(db, select(*_COLUMNS).where(*found).order_by(*order).limit(limit).offset(offset))


def count_orders(db: Session, wanted: Wanted, now: datetime) -> int:
    """How many there are."""
    return int(db.scalar(select(func.count(Order.id)).where(*conditions(db, wanted, now))) or 0)


def rows_of(db: Session, order_ids: Sequence[int]) -> list[Row]:
    """These orders, in the order of their ids."""
    return _rows(db, select(*_COLUMNS).where(Order.id.in_(order_ids)).order_by(Order.id))


def latest_of(db: Session, person_id: int, limit: int) -> list[Row]:
    """The last orders of a member, the newest first, in one question."""
    found = db.execute(_latest(), {"of": person_id, "most": limit})
    return [_row(row, _counted(row[-len(_SUMS) :])) for row in found]


@cache
def _latest() -> Select[Any]:
    """What `latest_of` asks, put together once."""
    sums = [select(one).where(_OF_ORDER).correlate(Order).scalar_subquery() for one in _SUMS.values()]
    mine = select(*_COLUMNS, *sums).where(Order.person_id == bindparam("of"))
    return mine.order_by(Order.id.desc()).limit(bindparam("most", type_=Integer))


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """How many orders wait, and for what."""

    to_pay: int
    to_pack: int
    to_send: int
    ready: int
    not_fetched: int
    """At the counter for longer than `WAITS_LONG`."""
    sent: int
    problems: int


def waiting(db: Session, now: datetime, in_trouble: Select[int] | None = None) -> Waiting:
    """One question over the orders that are not done."""
    moments = {"late_before": now - WAITS_LONG, "pending_before": now - LONG_PENDING}
    *views, not_fetched, in_need = db.execute(_waiting(in_trouble), moments).one()
    found = {view.value: int(count) for view, count in zip(_COUNTED, views, strict=True)}
    return Waiting(**found, not_fetched=int(not_fetched), problems=int(in_need))


@lru_cache(4)
def _waiting(in_trouble: Select[int] | None) -> Select[*tuple[int, ...]]:
    """What `waiting` asks; putting it together took a fifth of the page that asks it most."""
    is_late = _ready() & (Order.ready_at < bindparam("late_before", type_=UtcDateTime))
    pending_before = bindparam("pending_before", type_=UtcDateTime)
    problems = select(func.count(Order.id)).where(_is_problem(pending_before, in_trouble)).scalar_subquery()
    of_view = [and_(*_in_view(Wanted(view=view), pending_before)) for view in _COUNTED]
    counted = [func.count(case((condition, 1))) for condition in (*of_view, is_late)]
    is_going_on = Order.state.in_([State.PENDING.value, State.PLACED.value])
    return select(*counted, problems).where(is_going_on)


_COUNTED = (View.TO_PAY, View.TO_PACK, View.TO_SEND, View.READY, View.SENT)
_COLUMNS: tuple[Any, ...] = (
    Order.id, Order.number, Order.version, Order.state, Order.person_id, Order.delivery, Order.pay_by, Order.country,
    Order.total, Order.paid, Order.refunded, Order.points, Order.carried, Order.placed_at, Order.ready_at,
    Order.delivered_on, Order.method_name,
    select(OrderContact.full_name).where(OrderContact.order_id == Order.id).scalar_subquery().label("contact"),
    select(Person.full_name).where(Person.id == Order.person_id).scalar_subquery().label("member"),
    DUE_OF_ORDER.label("account_due"),
    and_(_IS_OPEN, _SHORT).label("is_short"),
)  # fmt: skip


def _rows(db: Session, asked: Select[Any]) -> list[Row]:
    found = db.execute(asked).all()
    counts = _counts(db, [row.id for row in found])
    return [_row(row, counts[row.id]) for row in found]


def _row(row: Any, counts: Counts) -> Row:
    return Row(
        id=row.id, number=row.number, version=row.version, state=State(row.state), person_id=row.person_id,
        buyer=row.member or row.contact or "", delivery=Delivery(row.delivery), pay_by=PayBy(row.pay_by),
        country=row.country, total=row.total, paid=row.paid, refunded=row.refunded, points=row.points,
        carried=row.carried, placed_at=row.placed_at, ready_at=row.ready_at, delivered_on=row.delivered_on,
        method_name=row.method_name, counts=counts, account_due=row.account_due, is_short=bool(row.is_short),
    )  # fmt: skip


_SUMS = {
    "ordered": func.sum(_LINE.quantity),
    "packed": func.sum(_LINE.packed),
    "sent": func.sum(_LINE.sent),
    "returned": func.sum(_LINE.returned),
    "taken_out": func.sum(_LINE.taken_out),
}


def _counts(db: Session, order_ids: list[int]) -> dict[int, Counts]:
    if not order_ids:
        return {}
    rows = db.execute(
        select(_LINE.order_id, *_SUMS.values()).where(_LINE.order_id.in_(order_ids)).group_by(_LINE.order_id)
    )
    none = Counts(ordered=0, packed=0, sent=0, returned=0, taken_out=0)
    found = {row[0]: _counted(row[1:]) for row in rows}
    return {order_id: found.get(order_id, none) for order_id in order_ids}


def _counted(sums: Sequence[int]) -> Counts:
    return Counts(**{name: int(count or 0) for name, count in zip(_SUMS, sums, strict=True)})


def conditions(db: Session, wanted: Wanted, now: datetime) -> list[ColumnElement[bool]]:
    found = list(_in_view(wanted, literal(now - LONG_PENDING, UtcDateTime)))
    if wanted.delivery is not None:
        found.append(Order.delivery == wanted.delivery.value)
    if wanted.pay_by is not None:
        found.append(Order.pay_by == wanted.pay_by.value)
    if wanted.state is not None:
        found.append(Order.state == wanted.state.value)
    if wanted.waits_long:
        found.append(_ready() & (Order.ready_at < now - WAITS_LONG))
    if wanted.words:
        found.append(Order.id.in_(ids_named(db, wanted.words, by_contact=wanted.by_contact)))
    return found


def _in_view(wanted: Wanted, pending_before: ColumnElement[datetime]) -> Sequence[ColumnElement[bool]]:
    match wanted.view:
        case View.TO_PAY:
            return (Order.state == State.PENDING.value,)
        case View.TO_PACK:
            return (_IS_OPEN, _TO_PACK)
        case View.TO_SEND:
            return (_IS_OPEN, _to_send())
        case View.READY:
            return (_IS_OPEN, _ready())
        case View.SENT:
            return (_IS_OPEN, Order.delivered_on.is_(None), _GONE, ~_TO_PACK, ~_TO_SEND)
        case View.PROBLEMS:
            return (_is_problem(pending_before, wanted.in_trouble),)
        case View.ALL:
            return ()


def _to_send() -> ColumnElement[bool]:
    """Packed, and neither sent nor said to be ready."""
    return and_(_TO_SEND, Order.ready_at.is_(None))


def _ready() -> ColumnElement[bool]:
    return and_(_IS_OPEN, _TO_SEND, Order.ready_at.is_not(None))


def _is_problem(pending_before: ColumnElement[datetime], in_trouble: Select[int] | None) -> ColumnElement[bool]:
    """Its payment is waited for too long, its goods are not there, or its money has something to it."""
    long_pending = and_(Order.state == State.PENDING.value, Order.placed_at < pending_before)
    troubled = literal(False) if in_trouble is None else Order.id.in_(in_trouble)
    return or_(long_pending, and_(_IS_OPEN, _SHORT), troubled)
