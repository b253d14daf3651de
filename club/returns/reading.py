"""What pages show of returns, and what their steps look at."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from club.catalogue.models import Product, Variant
from club.catalogue.reading import choice_names, options_in
from club.catalogue.rules.products import NoReturn
from club.errors import NotFound
from club.orders.models import Order, OrderContact, OrderLine
from club.orders.service.rows import named
from club.purchases.models import Correction
from club.returns.models import ReturnCase, ReturnLine, ReturnWords
from club.returns.rules import OPEN, Line, State
from club.texts import Texts

OPEN_STATES = sorted(state.value for state in OPEN)
_NEW = aliased(Order)
_SPOKEN_FOR = case((ReturnCase.state == State.RECEIVED, ReturnLine.received), else_=ReturnLine.quantity)


@dataclass(frozen=True)
class NamedLine:
    """A line of an order as a page shows it, with its figures."""

    line: Line
    sku: str
    name: Texts
    unit_price: int
    product_id: int
    is_limited: bool
    """Whether it was counted against what one member can have."""


@dataclass(frozen=True)
class LineView:
    """A line of a case."""

    line_id: int
    sku: str
    name: Texts
    quantity: int
    received: int
    restocked: int
    money: int
    points: int
    points_value: int
    instead_id: int | None
    """The variant that goes out for it."""
    instead_sku: str
    instead: Texts
    """What it is called, with its options."""


@dataclass(frozen=True)
class CaseView:
    """A case with all that is told of it."""

    id: int
    number: str
    order_id: int
    state: str
    asked_by: str
    reason: str
    asked_at: datetime
    send_by: date
    decided_at: datetime | None
    received_at: datetime | None
    refunded_at: datetime | None
    delivery: int
    order_number: str
    order_key: str
    person_id: int | None
    language: str
    full_name: str
    email: str
    comment: str
    answer: str
    points_taken: int
    """Earned points that were taken back with it."""
    exchange_number: str
    """The order that went out for it, and the end of its address."""
    exchange_key: str
    lines: tuple[LineView, ...] = field(default=())

    @property
    def money(self) -> int:
        """What went back, delivery included; nought until it did."""
        return sum(line.money for line in self.lines) + self.delivery

    @property
    def points(self) -> int:
        """Points that went back."""
        return sum(line.points for line in self.lines)

    @property
    def is_exchange(self) -> bool:
        """Whether something else is to go out for any of it."""
        return any(line.instead_id for line in self.lines)


class CaseRow(NamedTuple):
    """A case in a list."""

    id: int
    number: str
    state: str
    asked_by: str
    reason: str
    asked_at: datetime
    send_by: date
    order_number: str
    full_name: str
    pieces: int
    money: int
    refunded_at: datetime | None


def lines_of_order(db: Session, order_id: int) -> tuple[NamedLine, ...]:
    """The lines of an order in their order, with how many pieces open cases speak for."""
    asked = (
        select(ReturnLine.line_id, func.sum(_SPOKEN_FOR).label("pieces"))
        .join(ReturnCase, ReturnCase.id == ReturnLine.case_id)
        .where(ReturnCase.order_id == order_id, ReturnCase.state.in_(OPEN_STATES))
        .group_by(ReturnLine.line_id)
        .subquery()
    )
    rows = db.execute(
        select(
            OrderLine.id, OrderLine.quantity, OrderLine.sent, OrderLine.returned, OrderLine.taken_out, OrderLine.paid,
            OrderLine.tax, OrderLine.points, OrderLine.points_value, OrderLine.sku, OrderLine.name,
            OrderLine.unit_price, OrderLine.product_id, OrderLine.is_limited,
            OrderLine.no_return,
            func.coalesce(asked.c.pieces, 0).label("asked"),
        )
        .outerjoin(asked, asked.c.line_id == OrderLine.id)
        .where(OrderLine.order_id == order_id)
        .order_by(OrderLine.position)
    )  # fmt: skip
    return tuple(_named(number, row) for number, row in enumerate(rows, start=1))


def case_with(db: Session, case_id: int) -> CaseView:
    """A case by id; raises `NotFound`."""
    return _case(db, ReturnCase.id == case_id)


@dataclass(frozen=True)
class Asked:
    """The return that there is now."""

    case_id: int
    number: str
    is_new: bool


def came_by(db: Session, order_id: int, form_key: bytes) -> Asked | None:
    """The case that a form made when it was sent before."""
    made = select(ReturnCase.id, ReturnCase.number).where(
        ReturnCase.form_key == form_key, ReturnCase.order_id == order_id
    )
    row = db.execute(made).one_or_none()
    return None if row is None else Asked(row.id, row.number, is_new=False)


def case_of(db: Session, number: str) -> CaseView:
    """A case by its number; raises `NotFound`."""
    return _case(db, ReturnCase.number == number)


def cases_of(db: Session, numbers: Sequence[str]) -> list[CaseView]:
    """Cases by their numbers, the oldest first; two queries. Unknown ones are missing."""
    return _cases(db, ReturnCase.number.in_(list(numbers)))


def listed(
    db: Session, states: Sequence[State], words: str, *, newest_first: bool, limit: int, offset: int
) -> list[CaseRow]:
    """Cases in these states, of one number of a case or an order where `words` says so."""
    conditions: list[ColumnElement[bool]] = [ReturnCase.state.in_(sorted(states))] if states else []
    if words:
        number = "".join(sign for sign in words.upper() if sign.isalnum())
        conditions.append(or_(ReturnCase.number == number, Order.number == number))
    return _rows(db, conditions, newest_first=newest_first, limit=limit, offset=offset)


def counts(db: Session) -> dict[State, int]:
    """How many cases wait for somebody, by state."""
    rows = db.execute(
        select(ReturnCase.state, func.count()).where(ReturnCase.state.in_(OPEN_STATES)).group_by(ReturnCase.state)
    )
    return {State(row[0]): row[1] for row in rows}


def _named(number: int, row: Row[*tuple[Any, ...]]) -> NamedLine:
    line = Line(
        id=row.id, number=number, quantity=row.quantity, sent=row.sent, returned=row.returned, asked=int(row.asked),
        paid=row.paid, tax=row.tax, points=row.points, points_value=row.points_value,
        taken_out=row.taken_out, no_return=NoReturn(row.no_return) if row.no_return else None,
    )  # fmt: skip
    return NamedLine(line, row.sku, row.name, row.unit_price, row.product_id, row.is_limited)


def _case(db: Session, which: ColumnElement[bool]) -> CaseView:
    found = _cases(db, which)
    if not found:
        raise NotFound
    return found[0]


def _cases(db: Session, which: ColumnElement[bool]) -> list[CaseView]:
    own = [getattr(ReturnCase, name) for name in _CASE_COLUMNS]
    rows = db.execute(
        select(
            *own, Order.number, Order.key, Order.person_id, Order.language,
            func.coalesce(OrderContact.full_name, ""), func.coalesce(OrderContact.email, ""),
            func.coalesce(ReturnWords.comment, ""), func.coalesce(ReturnWords.answer, ""),
            func.coalesce(Correction.points, 0), func.coalesce(_NEW.number, ""), func.coalesce(_NEW.key, ""),
        )
        .join(Order, Order.id == ReturnCase.order_id)
        .outerjoin(OrderContact, OrderContact.order_id == Order.id)
        .outerjoin(ReturnWords, ReturnWords.case_id == ReturnCase.id)
        .outerjoin(Correction, Correction.id == ReturnCase.correction_id)
        .outerjoin(_NEW, _NEW.id == ReturnCase.exchange_order_id)
        .where(which)
        .order_by(ReturnCase.asked_at, ReturnCase.id)
    ).all()  # fmt: skip
    lines = _lines(db, [row.id for row in rows]) if rows else {}
    found: list[CaseView] = []
    for row in rows:
        values: tuple[Any, ...] = (*row, tuple(lines.get(row.id, ())))
        found.append(CaseView(*values))
    return found


def _lines(db: Session, case_ids: Sequence[int]) -> dict[int, list[LineView]]:
    rows = db.execute(
        select(
            ReturnLine.case_id, ReturnLine.line_id, OrderLine.sku, OrderLine.name, ReturnLine.quantity,
            ReturnLine.received,
            ReturnLine.restocked, ReturnLine.money, ReturnLine.points, ReturnLine.points_value, ReturnLine.instead_id,
            Variant.sku, Product.name, Product.options, Variant.choices,
        )
        .join(OrderLine, OrderLine.id == ReturnLine.line_id)
        .outerjoin(Variant, Variant.id == ReturnLine.instead_id)
        .outerjoin(Product, Product.id == Variant.product_id)
        .where(ReturnLine.case_id.in_(case_ids))
        .order_by(OrderLine.position)
    )  # fmt: skip
    found: dict[int, list[LineView]] = {}
    for row in rows:
        line: tuple[Any, ...] = (*row[1:11], *_instead(row[11], row[12], row[13], row[14]))
        found.setdefault(row[0], []).append(LineView(*line))
    return found


def _instead(sku: str | None, name: Texts | None, options: Any, choices: Any) -> tuple[str, Texts]:
    """What goes out, as it is called now."""
    if sku is None or name is None:
        return "", Texts({})
    return sku, named(name, choice_names(options_in(options), dict(choices)))


def _rows(
    db: Session, conditions: Sequence[ColumnElement[bool]], *, newest_first: bool, limit: int, offset: int
) -> list[CaseRow]:
    way = (ReturnCase.asked_at.desc(), ReturnCase.id.desc()) if newest_first else (ReturnCase.asked_at, ReturnCase.id)
    chosen = (
        select(ReturnCase.id)
        .join(Order, Order.id == ReturnCase.order_id)
        .where(*conditions)
        .order_by(*way)
        .limit(limit)
        .offset(offset)
        .subquery()
    )
    sums = (
        select(
            ReturnLine.case_id, func.sum(ReturnLine.quantity).label("pieces"), func.sum(ReturnLine.money).label("money")
        )
        .where(ReturnLine.case_id.in_(select(chosen.c.id)))
        .group_by(ReturnLine.case_id)
        .subquery()
    )
    rows = db.execute(
        select(
            ReturnCase.id, ReturnCase.number, ReturnCase.state, ReturnCase.asked_by, ReturnCase.reason,
            ReturnCase.asked_at, ReturnCase.send_by, Order.number, func.coalesce(OrderContact.full_name, ""),
            func.coalesce(sums.c.pieces, 0), func.coalesce(sums.c.money, 0) + ReturnCase.delivery,
            ReturnCase.refunded_at,
        )
        .join(chosen, chosen.c.id == ReturnCase.id)
        .join(Order, Order.id == ReturnCase.order_id)
        .outerjoin(OrderContact, OrderContact.order_id == Order.id)
        .outerjoin(sums, sums.c.case_id == ReturnCase.id)
        .order_by(*way)
    )  # fmt: skip
    return [CaseRow(*row) for row in rows]


_CASE_COLUMNS = tuple(one.name for one in fields(CaseView))[:12]
