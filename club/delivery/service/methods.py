"""Ways of delivery with their prices."""

from datetime import datetime

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from club.audit import record
from club.database import Transaction, transaction
from club.delivery.checks import check_method
from club.delivery.models import DeliveryMethod, DeliveryPrice
from club.delivery.quoting import ways
from club.delivery.rules import Kind, Method, PriceRow
from club.errors import ChangedMeanwhile
from club.permissions import Permission, Role, require
from club.programme.service import touch
from club.texts import Texts

FIRST_PICKUP = Method(
    kind=Kind.PICKUP,
    name=Texts({"en": "Pick up at our counter", "es": "Recoger en nuestro mostrador", "ru": "Забрать у нас"}),
    words=Texts({}),
    prices=(PriceRow(zone_id=None, price=0),),
)
"""What a new club begins with."""


def set_up_pickup(db: Session, now: datetime) -> None:
    """A club without any way of delivery gets one that costs nothing and needs nothing set up; else nothing happens."""
    with transaction(db) as tx:
        if not ways(tx).methods:
            _add(tx, FIRST_PICKUP, None, now)


def add_method(db: Session, method: Method, by: int | None, role: Role, now: datetime) -> int:
    """Put a way behind the others and return its id. Raises `NotAllowed`, `BadDelivery`."""
    require(role, Permission.EDIT_SHOP)
    with transaction(db) as tx:
        return _add(tx, method, by, now)


def change_method(
    db: Session, method_id: int, method: Method, seen_version: int, by: int | None, role: Role, now: datetime
) -> None:
    """Replace a way and its prices; its place stays. Raises `NotAllowed`, `BadDelivery`, `ChangedMeanwhile`."""
    require(role, Permission.EDIT_SHOP)
    with transaction(db) as tx:
        touch(tx)
        before = ways(tx).method(method_id)
        _check(tx, method)
        changed = tx.connection().execute(
            update(DeliveryMethod)
            .where(DeliveryMethod.id == method_id, DeliveryMethod.version == seen_version)
            .values(**_columns(method), version=seen_version + 1)
        )
        if changed.rowcount != 1:
            raise ChangedMeanwhile(())
        tx.execute(delete(DeliveryPrice).where(DeliveryPrice.method_id == method_id))
        _write_prices(tx, method_id, method)
        record(
            tx, "delivery.changed", "delivery", method_id, by=by, now=now,
            words={name: [_told(before)[name], told] for name, told in _told(method).items()},
            free_from_before=before.free_from, free_from=method.free_from, active=method.is_active,
        )  # fmt: skip


def move_method(db: Session, method_id: int, step: int, by: int | None, role: Role, now: datetime) -> None:
    """Change places with the way before (step -1) or after it (1); at the end of the list nothing happens."""
    require(role, Permission.EDIT_SHOP)
    with transaction(db) as tx:
        touch(tx)
        known = ways(tx)
        known.method(method_id)
        order = [method.id for method in known.methods]
        at = order.index(method_id)
        to = min(max(at + step, 0), len(order) - 1)
        order.insert(to, order.pop(at))
        for position, one in enumerate(order, start=1):
            tx.execute(update(DeliveryMethod).where(DeliveryMethod.id == one).values(position=position))
        record(tx, "delivery.moved", "delivery", method_id, by=by, now=now, before=at + 1, after=to + 1)


def _add(tx: Transaction, method: Method, by: int | None, now: datetime) -> int:
    touch(tx)
    _check(tx, method)
    last = tx.scalar(select(func.max(DeliveryMethod.position))) or 0
    method_id = tx.execute(
        insert(DeliveryMethod).values(**_columns(method), position=last + 1).returning(DeliveryMethod.id)
    ).scalar_one()
    _write_prices(tx, method_id, method)
    record(tx, "delivery.added", "delivery", method_id, by=by, now=now, words=_told(method))
    return method_id


def _check(tx: Transaction, method: Method) -> None:
    check_method(method, [zone.id for zone in ways(tx).zones])


def _write_prices(tx: Transaction, method_id: int, method: Method) -> None:
    rows = [
        {
            "method_id": method_id,
            "zone_id": row.zone_id,
            "up_to_grams": row.up_to_grams,
            "up_to_value": row.up_to_value,
            "price": row.price,
        }
        for row in method.prices
    ]
    if rows:
        tx.execute(insert(DeliveryPrice), rows)


def _columns(method: Method) -> dict[str, object]:
    return {
        "kind": method.kind.value,
        "name": method.name,
        "words": method.words,
        "is_active": method.is_active,
        "tax_class": method.tax_class.value,
        "free_from": method.free_from,
        "days_from": method.days_from,
        "days_to": method.days_to,
        "needs_phone": method.needs_phone,
    }


def _told(method: Method) -> dict[str, object]:
    prices = ", ".join(str(row.price) for row in method.prices)
    return {"name": dict(method.name), "prices": prices}
