"""What is known of orders, for pages and papers: a bounded number of queries each."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Row, Select, bindparam, func, select
from sqlalchemy.orm import Session

from club.errors import NotFound
from club.orders.credit.models import DUE_OF_ORDER, DUE_ON_OF_ORDER
from club.orders.models import Order, OrderContact, OrderLine, OrderMove, Parcel, ParcelLine
from club.orders.rules import (
    Contact,
    Counts,
    Fulfilment,
    Move,
    PayBy,
    PaymentStatus,
    State,
    fulfilment,
    money_due,
    payment_status,
)
from club.texts import Texts

_O, _C, _L = Order.__table__.c, OrderContact.__table__.c, OrderLine.__table__.c


@dataclass(frozen=True)
class LineView:
    """A line as it was ordered, and what became of it."""

    id: int
    position: int
    variant_id: int
    product_id: int
    sku: str
    name: Texts
    quantity: int
    unit_price: int
    usual_price: int
    reason: str
    amount: int
    discount: int
    points: int
    points_value: int
    paid: int
    tax: int
    tax_rate: int
    tax_class: str
    category: str
    earns_points: bool
    is_limited: bool
    weight_grams: int | None
    packed: int
    sent: int
    returned: int
    taken_out: int

    @property
    def with_buyer(self) -> int:
        """So many were sent and did not come back."""
        return max(0, self.sent - (self.returned - self.taken_out))


@dataclass(frozen=True)
class ParcelView:
    """Goods on their way together, or handed over together; `pieces` by the line's id."""

    id: int
    carrier: str
    tracking: str
    tracking_url: str
    sent_at: datetime
    delivered_on: date | None
    pieces: dict[int, int]


@dataclass(frozen=True)
class Stored:
    """The columns of an order."""

    id: int
    number: str
    key: str
    state: State
    person_id: int | None
    cart_id: int
    language: str
    currency: str
    pay_by: PayBy
    delivery: str
    method_id: int | None
    method_name: Texts
    country: str
    goods: int
    discount: int
    points: int
    points_value: int
    delivery_price: int
    delivery_tax: int
    delivery_tax_rate: int
    tax: int
    total: int
    paid: int
    refunded: int
    hold_id: int | None
    purchase_id: int | None
    offers: int
    carried: int
    exchange_of: int | None
    terms_id: int | None
    placed_at: datetime
    expires_at: datetime | None
    settled_at: datetime | None
    ready_at: datetime | None
    delivered_on: date | None
    cancelled_at: datetime | None
    cause: str
    pickup_code: str | None
    version: int


@dataclass(frozen=True)
class OrderView(Stored):
    """An order with everything that belongs to it. `contact` is None once it was cleared."""

    contact: Contact | None
    note: str
    account_due: int | None
    """What its invoice leaves to be paid; None for an order that is on no account."""
    account_due_on: date | None
    """By when its invoice is to be paid."""
    packed_at: datetime | None
    sent_at: datetime | None
    """When something of it was packed and sent last."""
    lines: tuple[LineView, ...]
    parcels: tuple[ParcelView, ...]

    @property
    def counts(self) -> Counts:
        """Its pieces by what became of them."""
        return Counts(
            ordered=sum(line.quantity for line in self.lines),
            packed=sum(line.packed for line in self.lines),
            sent=sum(line.sent for line in self.lines),
            returned=sum(line.returned for line in self.lines),
            taken_out=sum(line.taken_out for line in self.lines),
        )

    @property
    def payment_status(self) -> PaymentStatus:
        """What the money did so far."""
        return payment_status(
            self.state, self.pay_by, self.total, self.paid, self.refunded, self.account_due,
            is_kept=self.counts.is_kept,
        )  # fmt: skip

    @property
    def fulfilment(self) -> Fulfilment:
        """What the goods did so far."""
        return fulfilment(self.state, self.counts, is_delivered=self.delivered_on is not None)

    @property
    def due(self) -> int:
        """What is still to be paid, at the counter or by invoice."""
        return money_due(
            self.state, self.pay_by, self.total, self.paid, self.account_due, is_kept=self.counts.is_kept
        )  # fmt: skip

    @property
    def left(self) -> int:
        """The money of it that is here: came in and did not go back."""
        return self.paid - self.refunded

    @property
    def pieces(self) -> int:
        """How many were ordered in all."""
        return self.counts.ordered


@dataclass(frozen=True)
class OrderRow:
    """An order in its buyer's list; `items` are the first lines of it."""

    id: int
    number: str
    key: str
    state: State
    pay_by: PayBy
    currency: str
    total: int
    paid: int
    refunded: int
    delivery: str
    placed_at: datetime
    ready_at: datetime | None
    delivered_on: date | None
    counts: Counts
    items: tuple[tuple[Texts, int], ...]
    account_due: int | None

    @property
    def payment_status(self) -> PaymentStatus:
        """What the money did so far."""
        return payment_status(
            self.state, self.pay_by, self.total, self.paid, self.refunded, self.account_due,
            is_kept=self.counts.is_kept,
        )  # fmt: skip

    @property
    def fulfilment(self) -> Fulfilment:
        """What the goods did so far."""
        return fulfilment(self.state, self.counts, is_delivered=self.delivered_on is not None)


@dataclass(frozen=True)
class MoveView:
    """What happened to an order, and who did it."""

    at: datetime
    kind: str
    actor: str
    by: int | None
    numbers: dict[str, Any]


_COLUMNS = tuple(_O[field.name] for field in fields(Stored))
_CONTACT = tuple(_C[field.name] for field in fields(Contact))


def _last(kind: Move) -> ColumnElement[datetime | None]:
    """When this happened to the order last."""
    moves = OrderMove.__table__.c
    last = select(func.max(moves.at)).where(moves.order_id == _O.id, moves.kind == kind.value)
    return last.correlate(Order.__table__).scalar_subquery()


_LINES = tuple(_L[field.name] for field in fields(LineView))
_WHOLE = (
    select(
        *_COLUMNS,
        *_CONTACT,
        *_LINES,
        _C.note,
        DUE_OF_ORDER.label("account_due"),
        DUE_ON_OF_ORDER.label("account_due_on"),
        _last(Move.PACKED).label("packed_at"),
        _last(Move.SENT).label("sent_at"),
    )
    .outerjoin(OrderContact, _C.order_id == _O.id)
    .outerjoin(OrderLine, _L.order_id == _O.id)
    .order_by(_L.position)
)
"""An order, once for each of its lines."""
_FIRST_OF_LINE = len(_COLUMNS) + len(_CONTACT)
_IDS: BindParameter[int] = bindparam("order_ids", expanding=True, type_=_O.id.type)
_P = Parcel.__table__.c
_PARCELS_OF = (
    select(
        _P.order_id, _P.id, _P.carrier, _P.tracking, _P.tracking_url, _P.sent_at, _P.delivered_on, ParcelLine.line_id,
        ParcelLine.quantity,
    )
    .outerjoin(ParcelLine, ParcelLine.parcel_id == _P.id)
    .where(_P.order_id.in_(_IDS))
    .order_by(_P.order_id, _P.id)
)  # fmt: skip
_PIECES_OF = (
    select(_L.order_id, _L.name, _L.quantity, _L.packed, _L.sent, _L.returned, _L.taken_out)
    .where(_L.order_id.in_(_IDS))
    .order_by(_L.order_id, _L.position)
)
_IS_THEIRS = _O.person_id == bindparam("person_id")
_COUNT = select(func.count()).select_from(Order).where(_IS_THEIRS)
_MEMBERS = (
    select(
        _O.id, _O.number, _O.key, _O.state, _O.pay_by, _O.currency, _O.total, _O.paid, _O.refunded, _O.delivery,
        _O.placed_at, _O.ready_at, _O.delivered_on, DUE_OF_ORDER.label("account_due"),
    )
    .where(_IS_THEIRS)
    .order_by(_O.id.desc())
    .limit(bindparam("most"))
    .offset(bindparam("first"))
)  # fmt: skip
_BY_NUMBER = _WHOLE.where(_O.number == bindparam("number"))
_BY_KEY = _WHOLE.where(_O.key == bindparam("key"))
_BY_ID = _WHOLE.where(_O.id == bindparam("order_id"))
_BY_CART = _WHOLE.where(_O.cart_id == bindparam("cart_id"), _O.state != State.CANCELLED.value)
_STORED_NAMES = tuple(field.name for field in fields(Stored))
_CONTACT_NAMES = tuple(field.name for field in fields(Contact))
ITEMS_SHOWN = 3


def order_of(db: Session, number: str) -> OrderView:
    """An order by its number, however it was typed. Raises `NotFound`."""
    return _found(db, _BY_NUMBER, number=number.strip().upper().replace("-", ""))


def order_by_key(db: Session, key: str) -> OrderView:
    """An order by the unguessable end of its address. Raises `NotFound`."""
    return _found(db, _BY_KEY, key=key)


def order_with(db: Session, order_id: int) -> OrderView:
    """An order by its id. Raises `NotFound`."""
    return _found(db, _BY_ID, order_id=order_id)


def order_of_cart(db: Session, cart_id: int) -> OrderView | None:
    """The order that a cart became, or waits for; none that came to nothing."""
    rows = db.execute(_BY_CART, {"cart_id": cart_id}).all()
    return _seen(db, rows) if rows else None


def orders_of(db: Session, person_id: int, page: int, per_page: int) -> tuple[list[OrderRow], int]:
    """A member's orders, the newest first, and how many there are; pages from 1. Three queries."""
    total = db.scalar(_COUNT, {"person_id": person_id}) or 0
    first = (max(page, 1) - 1) * per_page
    rows = db.execute(_MEMBERS, {"person_id": person_id, "most": per_page, "first": first}).all()
    lines = _pieces_of(db, [row.id for row in rows])
    return [_row(row, lines.get(row.id, [])) for row in rows], total


def moves_of(db: Session, order_id: int) -> list[MoveView]:
    """What happened to it, in order."""
    moves = OrderMove.__table__.c
    rows = db.execute(
        select(*(moves[field.name] for field in fields(MoveView))).where(moves.order_id == order_id).order_by(moves.id)
    )
    return [MoveView(*row) for row in rows]


def _found(db: Session, asked: Select[*tuple[Any, ...]], **which: object) -> OrderView:
    rows = db.execute(asked, which).all()
    if not rows:
        raise NotFound
    return _seen(db, rows)


def _seen(db: Session, rows: Sequence[Row[*tuple[Any, ...]]]) -> OrderView:
    row, width = rows[0], len(_LINES)
    of_lines = [one[_FIRST_OF_LINE : _FIRST_OF_LINE + width] for one in rows]
    lines = tuple(LineView(*line) for line in of_lines if line[0] is not None)
    parcels = _parcels_of(db, [row.id]).get(row.id, ()) if any(line.sent for line in lines) else ()
    return _view(row, lines, parcels)


def _view(row: Row[*tuple[Any, ...]], lines: tuple[LineView, ...], parcels: tuple[ParcelView, ...]) -> OrderView:
    values = dict(zip(_STORED_NAMES, row, strict=False))
    values |= {"state": State(values["state"]), "pay_by": PayBy(values["pay_by"])}
    told = dict(zip(_CONTACT_NAMES, row[len(_COLUMNS) :], strict=False))
    contact = Contact(**told) if told["email"] else None
    return OrderView(
        **values,
        contact=contact,
        note=row.note or "",
        account_due=row.account_due,
        account_due_on=row.account_due_on,
        packed_at=row.packed_at,
        sent_at=row.sent_at,
        lines=lines,
        parcels=parcels,
    )


def _parcels_of(db: Session, order_ids: Sequence[int]) -> dict[int, tuple[ParcelView, ...]]:
    rows = db.execute(_PARCELS_OF, {"order_ids": order_ids})
    found: dict[int, dict[int, ParcelView]] = {}
    for order_id, parcel_id, carrier, tracking, url, sent_at, delivered_on, line_id, quantity in rows:
        of_order = found.setdefault(order_id, {})
        view = of_order.setdefault(parcel_id, ParcelView(parcel_id, carrier, tracking, url, sent_at, delivered_on, {}))
        if line_id is not None:
            view.pieces[line_id] = quantity
    return {order_id: tuple(views.values()) for order_id, views in found.items()}


def _pieces_of(db: Session, order_ids: Sequence[int]) -> dict[int, list[Row[*tuple[Any, ...]]]]:
    rows = db.execute(_PIECES_OF, {"order_ids": order_ids})
    found: dict[int, list[Row[*tuple[Any, ...]]]] = {}
    for row in rows:
        found.setdefault(row.order_id, []).append(row)
    return found


def _row(row: Row[*tuple[Any, ...]], lines: list[Row[*tuple[Any, ...]]]) -> OrderRow:
    return OrderRow(
        id=row.id,
        number=row.number,
        key=row.key,
        state=State(row.state),
        pay_by=PayBy(row.pay_by),
        currency=row.currency,
        total=row.total,
        paid=row.paid,
        refunded=row.refunded,
        delivery=row.delivery,
        placed_at=row.placed_at,
        ready_at=row.ready_at,
        delivered_on=row.delivered_on,
        counts=Counts(
            ordered=sum(line.quantity for line in lines),
            packed=sum(line.packed for line in lines),
            sent=sum(line.sent for line in lines),
            returned=sum(line.returned for line in lines),
            taken_out=sum(line.taken_out for line in lines),
        ),
        items=tuple((line.name, line.quantity) for line in lines[:ITEMS_SHOWN]),
        account_due=row.account_due,
    )
