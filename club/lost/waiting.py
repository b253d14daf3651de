"""What waits in the whole house on one day, counted in one statement."""

from calendar import isleap
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Date, FromClause, ScalarSelect, and_, bindparam, func, select
from sqlalchemy.orm import Session

from club.care.models import Commitment, Task
from club.insight.models import MemberFigures
from club.insight.watch import AWAY
from club.members.models import Person
from club.messages.models import Message


@dataclass(frozen=True)
class Waiting:
    """How many of each."""

    late_promises: int
    late_tasks: int
    due_today: int
    birthdays: int
    quiet_best: int
    slipping_best: int
    failed_mails: int


def waiting(db: Session, today: date) -> Waiting:
    """Whoever's it is. A birthday on 29 February is kept on the 28th in common years."""
    is_end_of_february = (today.month, today.day) == (2, 28) and not isleap(today.year)
    days = {"today": today, "month": today.month, "day": today.day, "last_day": 29 if is_end_of_february else today.day}
    return Waiting(*(int(value) for value in db.execute(_WAITING, days).one()))


def _count(table: FromClause, *conditions: ColumnElement[bool]) -> ScalarSelect[int]:
    return select(func.count()).select_from(table).where(*conditions).scalar_subquery()


_COMMITMENTS, _TASKS = Commitment.__table__, Task.__table__
_PERSONS, _FIGURES, _MESSAGES = Person.__table__, MemberFigures.__table__, Message.__table__
_TODAY = bindparam("today", type_=Date)
_LATE = [_count(one, one.c.state == "open", one.c.due_on < _TODAY) for one in (_COMMITMENTS, _TASKS)]
_NOW = [_count(one, one.c.state == "open", one.c.due_on == _TODAY) for one in (_COMMITMENTS, _TASKS)]
_IS_BIRTHDAY = and_(
    _PERSONS.c.birth_month == bindparam("month"), _PERSONS.c.birth_day.between(bindparam("day"), bindparam("last_day"))
)
_WAITING = select(
    *_LATE,
    _NOW[0] + _NOW[1],
    _count(_PERSONS, _IS_BIRTHDAY, _PERSONS.c.member_number.is_not(None)),
    _count(_FIGURES, _FIGURES.c.place == "pareto", _FIGURES.c.late_from <= _TODAY),
    _count(_FIGURES, _FIGURES.c.place == "pareto", _FIGURES.c.trend.in_(AWAY)),
    _count(_MESSAGES, _MESSAGES.c.state == "given_up"),
)
