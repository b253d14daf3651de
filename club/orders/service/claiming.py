"""A guest becomes a member: what they ordered is theirs from then on, once their address is proven."""

import logging
from datetime import date, datetime

from sqlalchemy import BigInteger, String, bindparam, column, select, table, update
from sqlalchemy.orm import Session

from club.accounts.models import Account
from club.accrual.service import record_return_in
from club.clock import club_day
from club.database import Transaction, transaction
from club.members.models import Person
from club.members.rules import email_key
from club.orders.models import OrderContact
from club.orders.rules import State
from club.orders.service.buying import record_purchase_of, sold_of
from club.orders.service.steps import ORDERS, Held, held, lines_of
from club.programme.models import the_club
from club.purchases.rules import SHOP, ReturnOf

MOST_AT_ONCE = 200

log = logging.getLogger("orders")

_C = ORDERS.c
_DISPUTES = table("dispute", column("order_id", BigInteger), column("state", String))  # payments stand above orders
_TO_CLAIM = (
    _C.person_id.is_(None),
    _C.state != State.CANCELLED.value,
    ~select(_DISPUTES.c.order_id).where(_DISPUTES.c.order_id == _C.id, _DISPUTES.c.state == "lost").exists(),
)
"""What a guest ordered and keeps: a dispute that was lost took the money back, so it is no purchase."""
_OF_GUEST = (
    select(_C.id, _C.delivered_on)
    .join(OrderContact, OrderContact.order_id == _C.id)
    .where(OrderContact.email_key == bindparam("key"), *_TO_CLAIM)
    .order_by(_C.id)
    .with_for_update(of=ORDERS)
)
_THEIRS = (
    update(ORDERS)
    .where(_C.id == bindparam("order"), _C.person_id.is_(None))
    .values(person_id=bindparam("person"), version=_C.version + 1)
)
_BOUGHT = update(ORDERS).where(_C.id == bindparam("order")).values(purchase_id=bindparam("purchase"))

_WHO = (
    select(Person.id, Account.email_key)
    .distinct()
    .join(Account, Account.id == Person.account_id)
    .join(OrderContact, OrderContact.email_key == Account.email_key)
    .join(ORDERS, _C.id == OrderContact.order_id)
    .where(Person.id > bindparam("after"), Person.member_number.is_not(None), Person.merged_into.is_(None))
    .where(Account.password_hash.is_not(None), Account.disabled_at.is_(None), *_TO_CLAIM)
    .order_by(Person.id)
    .limit(MOST_AT_ONCE)
)
"""Members who sign in, and so have proven their address, with orders that were made as a guest."""


def claim_orders(db: Session, person_id: int, now: datetime) -> int:
    """Orders that a member made as a guest become theirs; how many. Their own address was proven at joining."""
    email = db.scalar(select(Person.email).where(Person.id == person_id))
    if not email:
        return 0
    with transaction(db) as tx:
        return claim_guest_orders_in(tx, person_id, email_key(email), now)


def night(db: Session, day: date, now: datetime) -> int:
    """Claim for members with a proven address what was not claimed when they joined; how many orders.

    A member with whom something is wrong is named in the log and holds up no other.
    """
    done, after = 0, 0
    while True:
        found = db.execute(_WHO, {"after": after}).all()
        db.rollback()
        for person_id, key in found:
            try:
                with transaction(db) as tx:
                    done += claim_guest_orders_in(tx, person_id, key, now)
            except Exception:
                log.exception("orders of member %s are not claimed", person_id)
        if len(found) < MOST_AT_ONCE:
            return done
        after = found[-1].id


def claim_guest_orders_in(tx: Transaction, person_id: int, key: str, now: datetime) -> int:
    """The same as a step: call it only for an address that its owner has just proven. Once for each order.

    Settled ones become purchases of the day on which they were settled; what came back of them since is taken off.
    """
    orders = tx.execute(_OF_GUEST, {"key": key}).all()
    for found in orders:
        tx.execute(_THEIRS, {"order": found.id, "person": person_id})
        order = held(tx, found.id)
        if order.settled_at is not None:
            _record(tx, order, person_id, now)
    return len(orders)


def _record(tx: Transaction, order: Held, person_id: int, now: datetime) -> None:
    assert order.settled_at is not None
    zone = the_club(tx).time_zone
    lines = lines_of(tx, order.id)
    delivered_on = tx.scalar(select(_C.delivered_on).where(_C.id == order.id))
    purchase_id = record_purchase_of(
        tx, order, sold_of(lines), person_id, club_day(order.settled_at, zone), now, delivered_on
    )
    tx.execute(_BOUGHT, {"order": order.id, "purchase": purchase_id})
    came_back = tuple((line.position, line.returned) for line in lines if line.returned)
    if came_back:
        wanted = ReturnOf(
            channel=SHOP,
            reference=order.number,
            own_reference=f"{order.number}-G",
            corrected_on=club_day(now, zone),
            lines=came_back,
        )
        record_return_in(tx, wanted, None, now)
