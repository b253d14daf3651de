"""The address of an order is put right before its goods are on their way."""

from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from club.audit import record
from club.database import transaction
from club.errors import AddressMissing, NotFound
from club.orders.models import OrderContact, name_key
from club.orders.moves import require_move
from club.orders.rules import Actor, Delivery, Move
from club.orders.service.holding import hold_order
from club.orders.service.steps import move
from club.permissions import Permission, Role, require


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where a parcel goes and to whom. The country stays: the taxes follow it."""

    full_name: str
    company: str = ""
    address: str = ""
    address_more: str = ""
    postcode: str = ""
    city: str = ""
    phone: str = ""


def correct_address(
    db: Session, order_id: int, wanted: Address, by: int, role: Role | None, now: datetime,
    *, seen_version: int | None = None,
) -> bool:  # fmt: skip
    """Goods go there from now on; False where nothing differs. Raises `AddressMissing` and what moves raise.

    The log says which lines changed and never what they say: addresses are forgotten, the log is not.
    """
    require(role, Permission.MANAGE_ORDERS)
    require(role, Permission.SEE_CONTACT)
    with transaction(db) as tx:
        order = hold_order(tx, order_id, seen_version)
        require_move(Move.CHANGED, order.stands, order.delivery)
        if not wanted.full_name or (order.delivery is Delivery.SHIP and not (wanted.address and wanted.city)):
            raise AddressMissing
        names = [field.name for field in fields(Address)]
        columns = [getattr(OrderContact, name) for name in names]
        known = tx.execute(select(*columns).where(OrderContact.order_id == order_id)).one_or_none()
        if known is None:
            raise NotFound
        changed = {name: getattr(wanted, name) for name in names if getattr(known, name) != getattr(wanted, name)}
        if not changed:
            return False
        if "full_name" in changed:
            changed["name_key"] = name_key(wanted.full_name)
        tx.execute(update(OrderContact).where(OrderContact.order_id == order_id).values(changed))
        move(tx, order_id, Move.CHANGED, Actor.STAFF, now, by=by)
        told = dict.fromkeys(sorted(changed.keys() - {"name_key"}), True)
        record(
            tx, "order.address_corrected", "order", order_id, by=by, now=now, why="", person_id=None, words=None, **told
        )
    return True
