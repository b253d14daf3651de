"""The rows behind the figures of a period, for a spreadsheet."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from club.audit import record
from club.database import transaction
from club.insight.models import FigureDay, MemberFigures
from club.insight.rules import Period
from club.insight.sql import COUNTS
from club.members.models import Person
from club.money import to_major
from club.permissions import Permission, Role, require
from club.programme.models import the_club
from club.purchases.models import Purchase

_P = Purchase.__table__.c


def note_export(
    db: Session, rows: str, period: Period, by: int, role: Role | None, now: datetime, person_id: int | None = None
) -> None:
    """Leave a row for what is about to be taken out of the house; `person_id` where it is about one person."""
    require(role, Permission.EXPORT_DATA)
    with transaction(db) as tx:
        first, last = period.first.toordinal(), period.last.toordinal()
        about = ("programme", 1) if person_id is None else ("person", person_id)
        record(tx, f"figures.{rows}_exported", *about, by=by, now=now, first=first, last=last)


def buyers_in(db: Session, period: Period) -> Iterator[tuple[Any, ...]]:
    """Who bought in these days: number, name, orders, amount, first and third buying day, orders that were repeated."""
    currency = the_club(db).currency
    m = MemberFigures
    is_repeated = case((_P.bought_on > m.first_bought_on, _P.bought_on))
    statement = (
        select(
            Person.member_number,
            Person.full_name,
            func.count(_P.bought_on.distinct()),
            func.sum(_P.net_amount),
            m.first_bought_on,
            m.third_bought_on,
            func.count(is_repeated.distinct()),
        )
        .join(Purchase, _P.member_id == Person.id)
        .join(m, m.member_id == Person.id)
        .where(_P.bought_on.between(period.first, period.last), COUNTS)
        .group_by(Person.id, Person.member_number, Person.full_name, m.first_bought_on, m.third_bought_on)
        .order_by(func.sum(_P.net_amount).desc(), Person.id)
    )
    for number, name, orders, amount, first, third, repeated in db.execute(statement):
        yield number, name, orders, to_major(int(amount), currency), first, third, repeated


def days_in(db: Session, period: Period) -> Iterator[tuple[Any, ...]]:
    """Each day: sold, given back, points issued, used, expired."""
    currency = the_club(db).currency
    d = FigureDay
    statement = select(d.day, d.sold, d.given_back, d.issued, d.used, d.expired).order_by(d.day)
    for row in db.execute(statement.where(d.day.between(period.first, period.last))):
        yield (
            row.day,
            to_major(row.sold, currency),
            to_major(row.given_back, currency),
            row.issued,
            row.used,
            row.expired,
        )
