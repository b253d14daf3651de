"""What the worker does as time goes by: offers lapse, events end, points come and come back, words are forgotten."""

import logging
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, delete, exists, or_, select, update
from sqlalchemy.orm import Session

from club.clock import club_day
from club.database import Transaction, transaction
from club.errors import Refusal
from club.events.models import ANSWERS, EVENTS, PAYMENTS, WORDS
from club.events.rules import ALONE, CLOSES_AFTER, NEEDS_KEPT, Answer, State
from club.events.service.seats import held, let_go, offer_freed, settle_price, take_seats, write_words
from club.members.models import Person
from club.points.models import MOVEMENTS
from club.points.rules import Earned, expires_on
from club.points.service import earn
from club.programme.models import the_club

ATTENDED = "event.earned"
"""Points for having come; the cause is the answer, so they come once."""
MOST_AT_ONCE = 200
STILL_LOOKED_AT = timedelta(days=2)
"""So long after it was closed an event is looked at for points that are not given yet."""

log = logging.getLogger(__name__)


def follow(db: Session, now: datetime) -> int:
    """Everything that is due by now, in this order; how much was done. May be broken off and done again."""
    return lapse_offers(db, now) + close_ended(db, now) + _finish_called_off(db, now)


def lapse_offers(db: Session, now: datetime) -> int:
    """Offered places that nobody took in time go to whoever is next."""
    late = (ANSWERS.c.state == Answer.OFFERED.value, ANSWERS.c.offered_until <= now)
    events = db.scalars(
        select(ANSWERS.c.event_id).join(EVENTS, EVENTS.c.id == ANSWERS.c.event_id)
        .where(*late, EVENTS.c.state == State.PUBLISHED.value).distinct().limit(MOST_AT_ONCE)
    ).all()  # fmt: skip
    done = 0
    for event_id in events:
        with transaction(db) as tx:
            view = held(tx, event_id)
            for row in tx.execute(select(ANSWERS).where(*late, ANSWERS.c.event_id == event_id)).all():
                let_go(tx, view, row, now, lapsed_at=now)
                write_words(tx, row.id, ALONE)
                done += 1
            offer_freed(tx, view, now)
    return done


def close_ended(db: Session, now: datetime) -> int:
    """Events whose door is closed for good: who did not come is marked, who came gets points."""
    ended = select(EVENTS.c.id).where(
        EVENTS.c.state == State.PUBLISHED.value, EVENTS.c.starts_at <= now, EVENTS.c.ends_at <= now - CLOSES_AFTER
    )
    done = 0
    for event_id in db.scalars(ended).all():
        with transaction(db) as tx:
            done += _close(tx, event_id, now)
    recent = select(EVENTS.c.id).where(
        EVENTS.c.state == State.OVER.value, EVENTS.c.over_at > now - STILL_LOOKED_AT, EVENTS.c.attend_points > 0
    )
    for event_id in db.scalars(recent).all():
        done += _give_points(db, event_id, now)
    return done


def pay_back_called_off(db: Session, event_id: int, now: datetime) -> int:
    """Points of an event that was called off come back, each in a transaction of its own; how many got theirs.

    Where one cannot be paid back, those behind it are all the same.
    """
    done, last_id = 0, 0
    while True:
        open_ones = db.execute(
            select(ANSWERS.c.id, ANSWERS.c.person_id)
            .where(ANSWERS.c.event_id == event_id, ANSWERS.c.id > last_id, _has_paid())
            .order_by(ANSWERS.c.id).limit(MOST_AT_ONCE)
        ).all()  # fmt: skip
        for row in open_ones:
            try:
                with transaction(db) as tx:
                    settle_price(tx, row.id, row.person_id, 0, now)
                done += 1
            except Refusal as refusal:
                log.warning("points of answer %s do not come back: %s", row.id, type(refusal).__name__)
        if len(open_ones) < MOST_AT_ONCE:
            return done
        last_id = open_ones[-1].id


def night(db: Session, day: date, now: datetime) -> int:
    """What guests told in words is forgotten some weeks after the event, and soon where it was called off."""
    is_past = or_(EVENTS.c.ends_at <= now - NEEDS_KEPT, EVENTS.c.state == State.CANCELLED.value)
    over = select(EVENTS.c.id).where(is_past, EVENTS.c.cleared_at.is_(None))
    with transaction(db) as tx:
        events = list(tx.scalars(over))
        if not events:
            return 0
        told = select(ANSWERS.c.id).where(ANSWERS.c.event_id.in_(events))
        gone = tx.connection().execute(delete(WORDS).where(WORDS.c.answer_id.in_(told))).rowcount
        tx.execute(update(EVENTS).where(EVENTS.c.id.in_(events)).values(cleared_at=now))
    return gone


def give_one(tx: Transaction, answer_id: int, person_id: int, points: int, now: datetime) -> None:
    """A step: points for having come. Raises `AlreadyPosted`."""
    club = the_club(tx)
    day = club_day(now, club.time_zone)
    last = expires_on(day, club.expiry_months)
    earn(tx, Earned(person_id, ATTENDED, answer_id, points, day, day, last), day, now)


def has_points(answer_id: Any) -> ColumnElement[bool]:
    """Whether an answer brought its points."""
    return exists().where(MOVEMENTS.c.kind == ATTENDED, MOVEMENTS.c.cause_id == answer_id)


def _close(tx: Transaction, event_id: int, now: datetime) -> int:
    view = held(tx, event_id)
    if view.state is not State.PUBLISHED:
        return 0
    for row in tx.execute(
        select(ANSWERS).where(ANSWERS.c.event_id == event_id, ANSWERS.c.state == Answer.OFFERED.value)
    ).all():
        take_seats(tx, event_id, -row.seats)
    became = case((ANSWERS.c.state == Answer.GOING.value, Answer.ABSENT.value), else_=Answer.NOT_GOING.value)
    unsettled = ANSWERS.c.state.in_([Answer.GOING.value, Answer.OFFERED.value, Answer.WAITLIST.value])
    closed = update(ANSWERS).where(ANSWERS.c.event_id == event_id, unsettled)
    tx.execute(closed.values(state=became, offered_until=None, waits_since=None))
    tx.execute(update(EVENTS).where(EVENTS.c.id == event_id).values(state=State.OVER.value, over_at=now))
    return 1


def _give_points(db: Session, event_id: int, now: datetime) -> int:
    points = db.scalar(select(EVENTS.c.attend_points).where(EVENTS.c.id == event_id)) or 0
    came = (
        select(ANSWERS.c.id, ANSWERS.c.person_id).join(Person, Person.id == ANSWERS.c.person_id)
        .where(
            ANSWERS.c.event_id == event_id, ANSWERS.c.state == Answer.ATTENDED.value,
            Person.joined_on.is_not(None), ~has_points(ANSWERS.c.id),
        ).order_by(ANSWERS.c.id)
    )  # fmt: skip
    done = 0
    for row in db.execute(came).all():
        with transaction(db) as tx:
            if not tx.scalar(select(has_points(row.id))):
                give_one(tx, row.id, row.person_id, points, now)
                done += 1
    return done


def _finish_called_off(db: Session, now: datetime) -> int:
    recent = (EVENTS.c.state == State.CANCELLED.value, EVENTS.c.cancelled_at > now - STILL_LOOKED_AT)
    return sum(
        pay_back_called_off(db, event_id, now) for event_id in db.scalars(select(EVENTS.c.id).where(*recent)).all()
    )


def _has_paid() -> ColumnElement[bool]:
    return exists().where(PAYMENTS.c.answer_id == ANSWERS.c.id, PAYMENTS.c.given_back < PAYMENTS.c.points)
