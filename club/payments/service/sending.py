"""Refunds on their way to Stripe: each taken with a lease, sent under a key that was written down before.

What is not known for sure is looked for before it is sent again, so that money goes back once.
"""

import logging
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from club.database import transaction
from club.payments.asking import Gateway
from club.payments.models import Payment, Refund
from club.payments.rules import IN_USE, is_key_known
from club.payments.service.refunding import LOST, prefix_of, take_state_in
from club.payments.troubles import NOT_UNDERSTOOD, OurMistake, StripeTrouble, TryLater
from club.payments.values import Refund as Said

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)

_R, _P = Refund.__table__.c, Payment.__table__.c


class _Due(NamedTuple):
    """A refund that the worker has taken up."""

    id: int
    payment_id: int
    amount: int
    currency: str
    state: str
    attempt: int
    key: str
    stripe_id: str | None
    must_look: bool
    first_sent_at: datetime | None
    tries: int


def send_refunds(db: Session, gateway: Gateway, now: datetime, most: int = 20) -> int:
    """Send what is due, one after the other, each taken with a lease; how many were handled."""
    handled = 0
    while handled < most and (due := _claim(db, now)) is not None:
        handled += 1
        try:
            _handle(db, due, gateway, now)
        except Exception:
            log.exception("refund %s cannot be sent, it is put off", due.id)
            _put_off(db, due, "error", now)
    return handled


def _claim(db: Session, now: datetime) -> _Due | None:
    asked = (
        select(_R.id)
        .where(_R.state.in_(("waiting", "sent")), _R.next_try_at <= now)
        .order_by(_R.next_try_at, _R.id)
        .limit(1)
    )
    is_nothing = db.execute(asked).first() is None
    db.rollback()
    if is_nothing:
        return None
    with transaction(db) as tx:
        found = tx.scalar(asked.with_for_update(skip_locked=True))
        if found is None:
            return None
        row = tx.execute(
            update(Refund)
            .where(_R.id == found)
            .values(next_try_at=now + LEASE, tries=_R.tries + 1)
            .returning(*(_R[name] for name in _Due._fields))
        ).one()
    return _Due(*row)


def _handle(db: Session, due: _Due, gateway: Gateway, now: datetime) -> None:
    intent_id = db.scalar(select(_P.intent_id).where(_P.id == due.payment_id))
    db.rollback()
    assert intent_id is not None
    try:
        said = _found(due, intent_id, gateway, now)
        if said is None and due.state == "sent":
            _put_off(db, due, "not_listed", now)
            return
        if said is None:
            due = _named(db, due, now)
            said = gateway.refund(intent_id, due.amount, due.currency, due.key)
    except StripeTrouble as trouble:
        if due.state == "sent" or _may_pass(trouble):
            _put_off(db, due, trouble.code or "later", now, must_look=_is_unseen(trouble))
        else:
            _failed(db, due, trouble)
    else:
        with transaction(db) as tx:
            take_state_in(tx, due.id, said, now)


def _found(due: _Due, intent_id: str, gateway: Gateway, now: datetime) -> Said | None:
    """What Stripe has of it already, under this key or another of ours, where that is not known for sure."""
    is_forgotten = due.first_sent_at is not None and not is_key_known(due.first_sent_at, now)
    if due.state == "waiting" and not due.must_look and not is_forgotten:
        return None
    made = gateway.list_refunds(intent_id)
    same = next((one for one in made if due.key == one.key or one.id == due.stripe_id), None)
    if same is not None:
        return same
    prefix = prefix_of(due.key)
    return next((one for one in made if one.key.startswith(prefix) and one.status not in LOST), None)


def _named(db: Session, due: _Due, now: datetime) -> _Due:
    """Under which key it is sent, written down before. One that failed under its key gets the next."""
    is_forgotten = due.first_sent_at is not None and not is_key_known(due.first_sent_at, now)
    attempt = due.attempt + (due.must_look or is_forgotten)
    key = f"{due.key.rpartition(':')[0]}:{attempt}"
    values: dict[str, object] = {"attempt": attempt, "key": key, "must_look": False}
    if due.first_sent_at is None or attempt != due.attempt:
        values["first_sent_at"] = now
    with transaction(db) as tx:
        tx.execute(update(Refund).where(_R.id == due.id).values(**values))
    return due._replace(attempt=attempt, key=key)


def _may_pass(trouble: StripeTrouble) -> bool:
    """Whether it says nothing against this refund."""
    return isinstance(trouble, TryLater) or (isinstance(trouble, OurMistake) and trouble.may_pass)


def _is_unseen(trouble: StripeTrouble) -> bool:
    """It may be done, and under the same key the same answer would come again: so look first then."""
    if isinstance(trouble, TryLater):
        return bool(trouble.request_id) and trouble.is_outcome_unknown and trouble.code != IN_USE
    return trouble.code == NOT_UNDERSTOOD


def _put_off(db: Session, due: _Due, why: str, now: datetime, *, must_look: bool = False) -> None:
    """Again later, under the same key unless one has to look first."""
    wait = timedelta(seconds=30) * 2 ** min(due.tries, 6)
    values: dict[str, object] = {"next_try_at": now + wait, "trouble": why[:64]}
    if must_look:
        values["must_look"] = True
    with transaction(db) as tx:
        tx.execute(update(Refund).where(_R.id == due.id).values(**values))


def _failed(db: Session, due: _Due, trouble: StripeTrouble) -> None:
    with transaction(db) as tx:
        values = {"state": "failed", "trouble": (trouble.code or f"{trouble}")[:64]}
        tx.execute(update(Refund).where(_R.id == due.id, _R.state == due.state).values(**values))
