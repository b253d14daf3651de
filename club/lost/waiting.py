"""What waits in the whole house on one day, counted in one statement."""

from calendar import isleap
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ScalarSelect, func, or_, select
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
    days = [(today.month, today.day)]
    if (today.month, today.day) == (2, 28) and not isleap(today.year):
        days.append((2, 29))
    is_birthday = or_(*((Person.birth_month == month) & (Person.birth_day == day) for month, day in days))
    late = [_count(one, one.state == "open", one.due_on < today) for one in (Commitment, Task)]
    now = [_count(one, one.state == "open", one.due_on == today) for one in (Commitment, Task)]
    row = db.execute(
        select(
            late[0],
            late[1],
            now[0] + now[1],
            _count(Person, is_birthday, Person.member_number.is_not(None)),
            _count(MemberFigures, MemberFigures.place == "pareto", MemberFigures.late_from <= today),
            _count(MemberFigures, MemberFigures.place == "pareto", MemberFigures.trend.in_(AWAY)),
            _count(Message, Message.state == "given_up"),
        )
    ).one()
    return Waiting(*(int(value) for value in row))


def _count(table: type, *conditions: object) -> ScalarSelect[int]:
    return select(func.count()).select_from(table).where(*conditions).scalar_subquery()  # type: ignore[arg-type]
