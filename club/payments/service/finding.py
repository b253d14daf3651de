"""Money at Stripe of which no message told and which no payment of ours names: it is found and shown to staff.

A row was lost, or somebody took a payment in Stripe's own pages. Looked for every hour, in parts that are small enough
for one look each; a round that breaks off goes on where it was.
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from club.database import is_sqlite, transaction
from club.orders.models import Order
from club.payments.asking import Gateway
from club.payments.models import FOUND, LONGEST_ID, Payment, PaymentEvent, PaymentWatch
from club.payments.service.settling import NO_PAGE, settle
from club.payments.troubles import OurMistake, TryLater
from club.payments.values import Intent

log = logging.getLogger(__name__)

UNKNOWN_ORDER = "order"
LOOKS_EVERY = timedelta(hours=1)
BACK = timedelta(days=2)
"""So long after it was begun a payment may still come to be paid."""
SETTLED_BY = timedelta(minutes=15)
"""So young payments are left to messages, page and sweep."""
PART = timedelta(hours=6)
PARTS_A_ROUND = 24
_INTENTS = "intents"
_W = PaymentWatch.__table__.c


def find_unnamed(db: Session, gateway: Gateway, now: datetime) -> int:
    """Look through a time of Stripe's payments for those that nothing here names; how many were written down.

    Each part is kept as done before the next. Raises `StripeTrouble`: the next round begins with that part.
    """
    read_until, until = _due(db, now), now - SETTLED_BY
    if read_until is None:
        return 0
    found, parts, since = 0, 0, read_until - BACK
    while since < until and (parts < PARTS_A_ROUND or since <= read_until):  # each round goes on, however full it is
        end = min(since + PART, until)
        found += _take(db, gateway, gateway.list_intents(since, end, most=None), now)
        _done_until(db, end)
        since, parts = end, parts + 1
    return found


def _take(db: Session, gateway: Gateway, intents: Sequence[Intent], now: datetime) -> int:
    """Those whose money is here and that are named nowhere, not even after their order was looked at once more."""
    paid = [intent for intent in intents if intent.received > intent.refunded]
    unnamed = _unnamed(db, paid)
    orders = _orders_of(db, unnamed)
    for order_id in _with_pages(db, orders):
        try:
            settle(db, order_id, gateway, now, is_whole=True)
        except TryLater:
            raise
        except OurMistake as mistake:
            log.warning("order %s cannot be looked at: %s", order_id, mistake)
        except Exception:  # one bad row holds up no other money
            log.exception("order %s cannot be looked at", order_id)
            db.rollback()
    return sum(_kept(db, intent, orders.get(intent.reference), now) for intent in _unnamed(db, unnamed))


def _unnamed(db: Session, intents: Sequence[Intent]) -> list[Intent]:
    ids = [intent.id for intent in intents]
    named = set(db.scalars(select(Payment.intent_id).where(Payment.intent_id.in_(ids))))
    aside = select(PaymentEvent.object_id).where(
        PaymentEvent.outcome == "quarantined", PaymentEvent.object_id.in_(ids), PaymentEvent.kind == FOUND
    )
    named |= set(db.scalars(aside))
    db.rollback()
    return [intent for intent in intents if intent.id not in named]


def _orders_of(db: Session, intents: Sequence[Intent]) -> dict[str, int]:
    numbers = [intent.reference for intent in intents if intent.reference]
    rows = db.execute(select(Order.number, Order.id).where(Order.number.in_(numbers))).all()
    db.rollback()
    return {row.number: row.id for row in rows}


def _with_pages(db: Session, orders: Mapping[str, int]) -> list[int]:
    """Those for which a page is known: it may be its money, and the message about it was lost."""
    asked = select(Payment.order_id).where(Payment.order_id.in_(orders.values()), Payment.session_id.is_not(None))
    found = list(db.scalars(asked.distinct().order_by(Payment.order_id)))
    db.rollback()
    return found


def _kept(db: Session, intent: Intent, order_id: int | None, now: datetime) -> bool:
    row = {
        "event_id": f"found:{intent.id}"[:LONGEST_ID],
        "kind": FOUND,
        "object_id": intent.id[:LONGEST_ID],
        "order_id": order_id,
        "happened_at": intent.created_at,
        "heard_at": now,
        "outcome": "quarantined",
        "why": UNKNOWN_ORDER if order_id is None else NO_PAGE,
        "amount": intent.received - intent.refunded,
        "currency": intent.currency,
    }
    with transaction(db) as tx:
        insert = sqlite_insert if is_sqlite(tx) else postgresql_insert
        added = insert(PaymentEvent).values(row).on_conflict_do_nothing(index_elements=["event_id"])
        return tx.execute(added.returning(PaymentEvent.id)).first() is not None


def _due(db: Session, now: datetime) -> datetime | None:
    """Until when it was read; None while it was looked lately, by this process or another."""
    insert = sqlite_insert if is_sqlite(db) else postgresql_insert
    with transaction(db) as tx:
        first = {"name": _INTENTS, "read_until": now - SETTLED_BY, "next_look_at": now}
        tx.execute(insert(PaymentWatch).values(first).on_conflict_do_nothing(index_elements=["name"]))
        read_until: datetime | None = tx.scalar(
            update(PaymentWatch)
            .where(_W.name == _INTENTS, _W.next_look_at <= now)
            .values(next_look_at=now + LOOKS_EVERY)
            .returning(_W.read_until)
        )
    return read_until


def _done_until(db: Session, end: datetime) -> None:
    """Never back: what was read before is read again only as far as payments may still come to be paid."""
    with transaction(db) as tx:
        behind = _W.read_until < end
        tx.execute(update(PaymentWatch).where(_W.name == _INTENTS, behind).values(read_until=end))
