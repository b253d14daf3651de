"""What an event was worth: who came, what it cost for each of them, what they bought before and afterwards."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, and_, case, distinct, func, select
from sqlalchemy.orm import Session

from club.clock import club_day
from club.events.models import ANSWERS, PAYMENTS, EventView, the_event
from club.events.reading.answers import Counts, answer_counts
from club.events.rules import Answer
from club.events.service.ending import ATTENDED
from club.members.models import Person
from club.points.models import MOVEMENTS
from club.programme.models import the_club
from club.purchases.models import Purchase

DAYS = 60
"""So long before and after an event the purchases of those who came are counted."""


@dataclass(frozen=True)
class After:
    """Money in minor units. `people_in` counts guests; sales are net of returns, of those who came alone.

    `leads`: people in the house who were no members on the day.
    """

    counts: Counts
    walk_ins: int
    guests_in: int
    people_in: int
    cost: int | None
    cost_per_guest: int | None
    points_given: int
    points_paid: int
    sales_before: int
    sales_after: int
    buyers_before: int
    buyers_after: int
    leads: int


def result_of(db: Session, event_id: int) -> After:
    """The result so far, in six questions at any size. Raises `NotFound`."""
    view = the_event(db, event_id)
    day = club_day(view.event.starts_at, the_club(db).time_zone)
    counts = answer_counts(db, event_id)
    came = _came(event_id)
    row = db.execute(
        select(
            func.coalesce(func.sum(case((ANSWERS.c.is_walk_in, 1), else_=0)), 0).label("walk_ins"),
            func.coalesce(func.sum(ANSWERS.c.guests_in), 0).label("guests_in"),
            func.coalesce(func.sum(case((_was_no_member(day), 1), else_=0)), 0).label("leads"),
        )
        .join_from(ANSWERS, Person, Person.id == ANSWERS.c.person_id)
        .where(came)
    ).one()
    given = db.scalar(
        select(func.coalesce(func.sum(-MOVEMENTS.c.issued), 0))
        .join_from(ANSWERS, MOVEMENTS, and_(MOVEMENTS.c.kind == ATTENDED, MOVEMENTS.c.cause_id == ANSWERS.c.id))
        .where(came)
    )
    paid = db.scalar(
        select(func.coalesce(func.sum(PAYMENTS.c.points - PAYMENTS.c.given_back), 0))
        .join_from(ANSWERS, PAYMENTS, PAYMENTS.c.answer_id == ANSWERS.c.id)
        .where(ANSWERS.c.event_id == event_id)
    )
    before, buyers_before, after, buyers_after = _sales(db, event_id, day)
    people_in = counts.attended + int(row.guests_in)
    return After(
        counts=counts,
        walk_ins=int(row.walk_ins),
        guests_in=int(row.guests_in),
        people_in=people_in,
        cost=view.event.cost,
        cost_per_guest=_share(view, people_in),
        points_given=int(given or 0),
        points_paid=int(paid or 0),
        sales_before=before,
        sales_after=after,
        buyers_before=buyers_before,
        buyers_after=buyers_after,
        leads=int(row.leads),
    )


def _came(event_id: int) -> ColumnElement[bool]:
    return and_(ANSWERS.c.event_id == event_id, ANSWERS.c.state == Answer.ATTENDED.value)


def _was_no_member(day: date) -> ColumnElement[bool]:
    return Person.joined_on.is_(None) | (Person.joined_on > day)


def _sales(db: Session, event_id: int, day: date) -> tuple[int, int, int, int]:
    """Net amount and buyers in the days before, and from the day of the event on: one question over who came."""
    bought = Purchase.__table__.c
    is_before = bought.bought_on < day
    row = db.execute(
        select(
            func.coalesce(func.sum(case((is_before, bought.net_amount), else_=0)), 0),
            func.count(distinct(case((is_before, bought.member_id)))),
            func.coalesce(func.sum(case((is_before, 0), else_=bought.net_amount)), 0),
            func.count(distinct(case((~is_before, bought.member_id)))),
        )
        .join_from(ANSWERS, Purchase, bought.member_id == ANSWERS.c.person_id)
        .where(
            _came(event_id), bought.bought_on >= day - timedelta(days=DAYS),
            bought.bought_on < day + timedelta(days=DAYS),
        )
    ).one()  # fmt: skip
    return int(row[0]), int(row[1]), int(row[2]), int(row[3])


def _share(view: EventView, people: int) -> int | None:
    """Rounded to the nearest minor unit."""
    if view.event.cost is None or not people:
        return None
    return (2 * view.event.cost + people) // (2 * people)
