"""What the worker does by itself: whatever a lost message would have said is found, and nothing waits for ever."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from club.database import is_sqlite, transaction
from club.orders.rules import Cause
from club.payments.asking import Gateway
from club.payments.models import Payment, PaymentWatch
from club.payments.service.attempts import LIVE
from club.payments.service.hearing import KINDS, Heard, hear, put_aside
from club.payments.service.settling import settle
from club.payments.service.trying import MOST_REFUSED
from club.payments.troubles import StripeTrouble, TryLater
from club.payments.values import Event

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
TROUBLED = timedelta(minutes=30)
"""After so long a payment that made trouble is looked at again."""
TRIED_FOR = timedelta(days=1)
"""A message that cannot be taken in for so long is left to staff."""
READS_EVERY = timedelta(minutes=10)
OVERLAP = timedelta(hours=3)
"""So far back Stripe's list is read again: events may come into it late."""
FURTHEST = timedelta(days=29)
"""Stripe keeps 30 days."""
_EVENTS = "events"
_P, _W = Payment.__table__.c, PaymentWatch.__table__.c


class _Due(NamedTuple):
    id: int
    order_id: int
    closes_at: datetime
    declines: int

    def ends(self, now: datetime) -> Cause | None:
        """Why its page is closed now, None while it stays."""
        if self.closes_at <= now:
            return Cause.EXPIRED
        return Cause.UNPAID if self.declines >= MOST_REFUSED else None


def sweep(db: Session, gateway: Gateway, clock: Callable[[], datetime], most: int = 50) -> int:
    """Ask about payment pages that are due, close those whose time is over, then let their orders go; how many.

    A page is closed at Stripe first: nobody pays for goods that were let go. Where Stripe does not answer the round
    ends; trouble with one payment puts that one off.
    """
    looked = 0
    while looked < most and (due := _claim(db, clock())) is not None:
        looked += 1
        now = clock()
        try:
            settle(db, due.order_id, gateway, now, ends=due.ends(now))
        except TryLater as trouble:
            log.warning("payment %s cannot be looked at: %s", due.id, trouble)
            break
        except StripeTrouble as trouble:
            log.warning("payment %s cannot be looked at: %s", due.id, trouble)
            _put_off(db, due, now)
        except Exception:
            log.exception("payment %s cannot be looked at", due.id)
            _put_off(db, due, now)
    return looked


def catch_up(db: Session, gateway: Gateway, now: datetime) -> int:
    """Read what happened at Stripe lately and take in what nobody told us; how many messages were new."""
    since = _due_since(db, now)
    if since is None:
        return 0
    new, until = 0, now
    for event in reversed(gateway.list_events(since, KINDS, most=None)):
        try:
            heard = hear(db, event, gateway, now)
        except TryLater as trouble:
            log.warning("event %s cannot be looked at: %s", event.id, trouble)
            until = min(until, event.created_at)
            break
        except Exception:
            log.exception("event %s cannot be taken in", event.id)
            db.rollback()
            if not _is_given_up(db, event, now):
                until = min(until, event.created_at)
            continue
        new += heard is not Heard.REPEATED
        if heard is Heard.TOO_EARLY:
            until = min(until, event.created_at)
    with transaction(db) as tx:
        tx.execute(update(PaymentWatch).where(_W.name == _EVENTS).values(read_until=until))
    return new


def _is_given_up(db: Session, event: Event, now: datetime) -> bool:
    """A message that was tried for long is put aside for staff."""
    if now - event.created_at < TRIED_FOR:
        return False
    put_aside(db, event, "error", now)
    return True


def _put_off(db: Session, due: _Due, now: datetime) -> None:
    with transaction(db) as tx:
        tx.execute(update(Payment).where(_P.id == due.id).values(next_look_at=now + TROUBLED))


def _claim(db: Session, now: datetime) -> _Due | None:
    asked = select(_P.id).where(_P.state.in_(LIVE), _P.next_look_at <= now).order_by(_P.next_look_at, _P.id).limit(1)
    is_nothing = db.execute(asked).first() is None
    db.rollback()
    if is_nothing:
        return None
    with transaction(db) as tx:
        found = tx.scalar(asked.with_for_update(skip_locked=True))
        if found is None:
            return None
        row = tx.execute(
            update(Payment)
            .where(_P.id == found)
            .values(next_look_at=now + LEASE)
            .returning(*(_P[name] for name in _Due._fields))
        ).one()
    return _Due(*row)


def _due_since(db: Session, now: datetime) -> datetime | None:
    """From when on the list is to be read; None while it was read lately, by this process or another."""
    insert = sqlite_insert if is_sqlite(db) else postgresql_insert
    with transaction(db) as tx:
        first = {"name": _EVENTS, "read_until": now - OVERLAP, "next_look_at": now}
        tx.execute(insert(PaymentWatch).values(first).on_conflict_do_nothing(index_elements=["name"]))
        until = tx.scalar(
            update(PaymentWatch)
            .where(_W.name == _EVENTS, _W.next_look_at <= now)
            .values(next_look_at=now + READS_EVERY)
            .returning(_W.read_until)
        )
    return None if until is None else max(until - OVERLAP, now - FURTHEST)
