"""Cards that are tried one after the other: stolen numbers are tested where small payments are easy.

Each page that is opened counts for the address of the network, the browser or account, and of guests the address to
which the order is mailed; a member's is known by others too, and nobody may use it up for them. Each card that Stripe
says was refused there counts for the same once more. Both workers see it.
"""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from club.accounts.attempts import Try, count_again, count_tries, from_address
from club.database import Transaction
from club.orders.models import Order, OrderContact
from club.payments.models import Payment
from club.payments.service.attempts import LIVE
from club.payments.values import Asker

REFUSED = "payment_intent.payment_failed"
MOST_REFUSED = 5
"""So many cards may be refused on one page; then it is closed, and its order is let go."""
SCOPES = ("card.address", "card.browser", "card.recipient")
_P = Payment.__table__.c


def count_page_in(tx: Transaction, order_id: int, payment_id: int, asker: Asker, now: datetime) -> None:
    """A page is about to be opened. Raises `TooManyTries`."""
    guest = (
        select(OrderContact.email_key)
        .join(Order, Order.id == OrderContact.order_id)
        .where(OrderContact.order_id == order_id, Order.person_id.is_(None))
    )
    email = tx.scalar(guest)
    tries = [from_address("card.address", asker.address)] if asker.address else []
    tries += [Try("card.browser", asker.browser)] if asker.browser else []
    tries += [Try("card.recipient", email)] if email else []
    if tries:
        count_tries(tx, tries, now, about_id=payment_id)


def count_refused_in(tx: Transaction, order_id: int, intent_id: str, now: datetime) -> None:
    """Stripe says that a card was refused on a page of this order."""
    asked = select(_P.id).where(_P.order_id == order_id).order_by(_P.attempt.desc()).limit(1)
    payment_id = tx.scalar(asked.where(_P.intent_id == intent_id)) or tx.scalar(asked)
    if payment_id is None:
        return
    tx.execute(update(Payment).where(_P.id == payment_id).values(declines=_P.declines + 1))
    tx.execute(
        update(Payment)
        .where(_P.id == payment_id, _P.state.in_(LIVE), _P.declines >= MOST_REFUSED)
        .values(next_look_at=now)
    )
    count_again(tx, SCOPES, payment_id, now)


def is_tried_too_often(db: Session, order_id: int) -> bool:
    """Whether the page that is open is to be closed."""
    asked = select(_P.id).where(_P.order_id == order_id, _P.state.in_(LIVE), _P.declines >= MOST_REFUSED)
    is_so = db.scalar(asked) is not None
    db.rollback()
    return is_so
