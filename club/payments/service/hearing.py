"""A message of Stripe: a hint about which order to look at, never the state itself."""

import logging
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from club.database import transaction
from club.orders.models import Order
from club.orders.rules import Cause
from club.payments.asking import Gateway
from club.payments.models import Payment
from club.payments.service.events import MONEY_CAME, is_known, note_event_in
from club.payments.service.settling import settle
from club.payments.service.trying import REFUSED, is_tried_too_often
from club.payments.troubles import NOT_UNDERSTOOD, OurMistake, StripeTrouble
from club.payments.values import Event

log = logging.getLogger(__name__)

KINDS = (
    *MONEY_CAME,
    "checkout.session.expired",
    "checkout.session.async_payment_failed",
    "payment_intent.created",
    "payment_intent.processing",
    "payment_intent.requires_action",
    REFUSED,
    "payment_intent.canceled",
    "charge.refunded",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
)
"""What is listened to; of all other kinds only the name is kept."""

_WAIT_FOR_OWN = timedelta(hours=1)
"""So long our own order may be on its way into the database; afterwards it is somebody else's."""


class Heard(StrEnum):
    """What became of a message."""

    APPLIED = "applied"
    IGNORED = "ignored"
    QUARANTINED = "quarantined"
    REPEATED = "repeated"
    TOO_EARLY = "too_early"
    """Its order is not there yet: Stripe shall send it again."""


def hear(db: Session, event: Event, gateway: Gateway, now: datetime) -> Heard:
    """Take a verified message in, once.

    Raises `TryLater` where Stripe cannot be asked, and `OurMistake` while it does not take our key: it shall send the
    message again, and its list holds it for whoever reads that once the key works.
    """
    if is_known(db, event.id):
        return Heard.REPEATED
    if event.kind not in KINDS:
        return _kept(db, event, Heard.IGNORED, "kind", now)
    if event.account:
        return _kept(db, event, Heard.QUARANTINED, "account", now)
    if event.is_live is not gateway.is_live:
        return _kept(db, event, Heard.QUARANTINED, "mode", now)
    order_id = _order_of(db, event)
    if order_id is None:
        return _of_nobody(db, event, now)
    try:
        settled = settle(db, order_id, gateway, now, is_whole=True, event=event)
    except OurMistake as mistake:
        if mistake.may_pass and mistake.code != NOT_UNDERSTOOD:
            raise
        return _kept(db, event, Heard.QUARANTINED, mistake.code or "not_found", now, order_id)
    if event.kind == REFUSED and is_tried_too_often(db, order_id):
        _close(db, order_id, gateway, now)
    return Heard.QUARANTINED if settled.is_strange else Heard.APPLIED


def _close(db: Session, order_id: int, gateway: Gateway, now: datetime) -> None:
    """Nobody tries another card on this page; where Stripe does not answer now, the sweep does it."""
    try:
        settle(db, order_id, gateway, now, ends=Cause.UNPAID)
    except StripeTrouble as trouble:
        log.warning("the page of order %s cannot be closed now: %s", order_id, trouble)


def _of_nobody(db: Session, event: Event, now: datetime) -> Heard:
    """About none of our orders: ours may be on its way, others' money is shown to staff, the rest is none of ours."""
    if event.reference and now - event.created_at < _WAIT_FOR_OWN:
        return Heard.TOO_EARLY
    if event.reference or event.kind in MONEY_CAME:
        return _kept(db, event, Heard.QUARANTINED, "order", now)
    return _kept(db, event, Heard.IGNORED, "order", now)


def _order_of(db: Session, event: Event) -> int | None:
    if event.reference:
        found = db.scalar(select(Order.id).where(Order.number == event.reference))
        if found is not None:
            return found
    ids = [given for given in (event.intent_id, event.object_id) if given]
    return db.scalar(
        select(Payment.order_id).where(or_(Payment.intent_id.in_(ids), Payment.session_id.in_(ids))).limit(1)
    )


def put_aside(db: Session, event: Event, why: str, now: datetime) -> None:
    """Leave a message to staff: whatever we tried, it could not be taken in."""
    _kept(db, event, Heard.QUARANTINED, why, now, _order_of(db, event))


def _kept(
    db: Session, event: Event, outcome: Heard, why: str, now: datetime, order_id: int | None = None
) -> Heard:  # fmt: skip
    with transaction(db) as tx:
        is_new = note_event_in(tx, event, order_id, outcome.value, why, now)
    return outcome if is_new else Heard.REPEATED
