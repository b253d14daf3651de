"""Messages of Stripe are kept once, with what they led to, in the transaction of their effect."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from club.audit import record
from club.database import Transaction, is_sqlite, transaction
from club.errors import NotFound
from club.payments.models import LONGEST_ID, LONGEST_KIND, PaymentEvent
from club.payments.values import Event
from club.permissions import Permission, Role, require

MONEY_CAME = ("checkout.session.completed", "checkout.session.async_payment_succeeded", "payment_intent.succeeded")


def is_known(db: Session, event_id: str) -> bool:
    """Whether this message was taken in before."""
    return db.scalar(select(PaymentEvent.id).where(PaymentEvent.event_id == event_id)) is not None


def note_event_in(tx: Transaction, event: Event, order_id: int | None, outcome: str, why: str, now: datetime) -> bool:
    """Keep it; False where it is kept already."""
    insert = sqlite_insert if is_sqlite(tx) else postgresql_insert
    row = {
        "event_id": event.id,
        "kind": event.kind[:LONGEST_KIND],
        "object_id": event.object_id[:LONGEST_ID],
        "order_id": order_id,
        "happened_at": event.created_at,
        "heard_at": now,
        "outcome": outcome,
        "why": why[:16],
    }
    statement = insert(PaymentEvent).values(row).on_conflict_do_nothing(index_elements=["event_id"])
    return tx.execute(statement.returning(PaymentEvent.id)).first() is not None


def seen_to(db: Session, event_row_id: int, by: int, role: Role | None, now: datetime) -> None:
    """One of the staff has looked into a message that was put aside. Raises `NotAllowed`, `NotFound`."""
    require(role, Permission.REFUND_ORDERS)
    with transaction(db) as tx:
        found = tx.execute(
            update(PaymentEvent)
            .where(PaymentEvent.id == event_row_id, PaymentEvent.outcome == "quarantined")
            .values(looked_at=now)
            .returning(PaymentEvent.id)
        ).first()
        if found is None:
            raise NotFound
        record(tx, "payment.looked_into", "payment_event", event_row_id, by=by, now=now)
