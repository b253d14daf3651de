"""The floor of placing an order: the statements of one, sent again through bare psycopg for other carts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from secrets import token_hex
from typing import Any

import psycopg
from sqlalchemy import Engine, event, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from club.carts.models import CartLine
from club.database import make_engine, sessions
from club.orders.models import Order
from club.orders.service import Wanted, place_order

_FAR_APART = {"shop_order": 910_000_001, "purchase": 920_000_001, "points_movement": 930_000_001}
"""Ids of the order that is captured: so large that they are found again among other numbers."""
_PEOPLE = ("person_id", "member_id", "of_member")
_FRESH = ("number", "key", "reference", "message_id")
"""Words that no other row may have."""


@dataclass(frozen=True)
class Said:
    """One statement with what it was given, a list where it was sent once for each."""

    sql: str
    given: Any


@dataclass(frozen=True)
class Captured:
    """The statements of one order, and what in them is of this order alone."""

    said: tuple[Said, ...]
    cart_id: int
    variant_ids: tuple[int, ...]


@dataclass(frozen=True)
class Lot:
    """Whose cart is to become an order, and what lies in it."""

    cart_id: int
    person_id: int
    variant_ids: tuple[int, ...]


def lot_of(db: Session, wanted: Wanted) -> Lot:
    """What the floor has to know of a cart."""
    asked = select(CartLine.variant_id).where(CartLine.cart_id == wanted.cart_id).order_by(CartLine.variant_id)
    return Lot(wanted.cart_id, wanted.person_id or 0, tuple(db.scalars(asked)))


def captured(url: str, wanted: Wanted, warming: Wanted) -> Captured:
    """Place an order and note what is said to the database."""
    engine, said = make_engine(url), list[Said]()
    _spread_ids(engine)

    def note(*given: Any) -> None:
        _connection, _cursor, sql, values, *_ = given
        said.append(Said(sql, [dict(one) for one in values] if isinstance(values, list) else dict(values)))

    with sessions(engine)() as db:
        place_order(db, warming, datetime.now(UTC))
        lot = lot_of(db, wanted)
        db.rollback()
        event.listen(engine, "before_cursor_execute", note)
        order_id = place_order(db, wanted, datetime.now(UTC)).order_id
        event.remove(engine, "before_cursor_execute", note)
        assert order_id == db.scalar(select(Order.id).where(Order.cart_id == wanted.cart_id))
    engine.dispose()
    return Captured(tuple(said), lot.cart_id, lot.variant_ids)


def _spread_ids(engine: Engine) -> None:
    """The order that warms up takes the first, the captured one the second."""
    with engine.begin() as connection:
        for table, start in _FAR_APART.items():
            connection.execute(text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {start - 2})"))


def connected(url: str) -> psycopg.Connection[tuple[Any, ...]]:
    """As the bare driver does it."""
    return psycopg.connect(make_url(url).set(drivername="postgresql").render_as_string(hide_password=False))


def send(connection: psycopg.Connection[tuple[Any, ...]], order: Captured, lot: Lot) -> None:
    """One order: the captured statements with this cart, its member and goods, and the ids that come back."""
    replaced: dict[object, object] = dict(zip(order.variant_ids, lot.variant_ids, strict=True))
    known: dict[object, object] = {}
    with connection.cursor() as cursor:
        for said in order.said:
            fill = _Filling(lot, order.cart_id, replaced, known)
            if isinstance(said.given, list):
                cursor.executemany(said.sql.encode(), [fill.of(one) for one in said.given])
                continue
            cursor.execute(said.sql.encode(), fill.of(said.given))
            rows: Sequence[tuple[Any, ...]] = cursor.fetchall() if cursor.description else []
            for table, old in _FAR_APART.items():
                if said.sql.startswith(f"INSERT INTO {table} ") and rows:
                    known[old] = rows[0][0]
                    known[f"order:{old}"] = f"order:{rows[0][0]}"
    connection.commit()


@dataclass(frozen=True)
class _Filling:
    lot: Lot
    cart_id: int
    variants: Mapping[object, object]
    known: dict[object, object]

    def of(self, given: Mapping[str, Any]) -> dict[str, Any]:
        return {name: self._value(name, value) for name, value in given.items()}

    def _value(self, name: str, value: Any) -> Any:
        if name.startswith(_PEOPLE):
            return self.lot.person_id if value else value
        if name.startswith("cart") and value == self.cart_id:
            return self.lot.cart_id
        if name.startswith(("variant", "product_id")):
            return self.variants.get(value, value)
        if isinstance(value, str) and name in _FRESH and value not in self.known:
            self.known[value] = token_hex(len(value) // 2)
        return self.known.get(value, value) if isinstance(value, str | int) else value
