"""The register: one case for each time that somebody fell silent, and the moves that can be taken back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    Select,
    String,
    Text,
    and_,
    func,
    or_,
    select,
    text,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from club.accounts.models import Staff
from club.care.models import INTERACTIONS
from club.database import NEVER_REUSED, Base, BigId
from club.errors import NotFound
from club.insight.days import days_after, larger
from club.insight.models import MemberFigures
from club.insight.rules import Rhythm
from club.lost.rules import OPEN, Cause, Step
from club.members.models import Person

_OPEN = text("ended_on IS NULL")
_ENDED = text("ended_on IS NOT NULL")


class LostCase(Base):
    """Somebody who bought last on `last_bought_on` and is late since. Ended: they bought again, or we let them go."""

    __tablename__ = "lost_case"
    __table_args__ = (
        CheckConstraint(
            "step IN ('suspected', 'verified', 'contacted', 'cause_known', 'won_back', 'closed')", name="step_known"
        ),
        CheckConstraint("(step IN ('won_back', 'closed')) = (ended_on IS NOT NULL)", name="end_has_day"),
        CheckConstraint("step <> 'closed' OR cause IS NOT NULL", name="closed_has_cause"),
        Index("uq_lost_case_open", "person_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_lost_case_worth", "worth", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_lost_case_person", "person_id", "last_bought_on"),
        Index("ix_lost_case_step", "step", "back_on", "worth", "person_id"),
        Index("ix_lost_case_ended_on", "ended_on", sqlite_where=_ENDED, postgresql_where=_ENDED),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    last_bought_on: Mapped[date]
    opened_on: Mapped[date]
    step: Mapped[str] = mapped_column(String(12), default="suspected")
    worth: Mapped[int] = mapped_column(BigId)
    """What they bought in the year up to their last purchase: the value lost in a year. Minor units."""
    cause: Mapped[str | None] = mapped_column(String(12))
    competitor: Mapped[str] = mapped_column(String(100), default="")
    own_words: Mapped[str] = mapped_column(Text, default="")
    is_temporary: Mapped[bool] = mapped_column(default=False)
    back_on: Mapped[date | None]
    """The day on which a case that passes comes back into the list."""
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    ended_on: Mapped[date | None]


class LostMove(Base):
    """One move by hand and what stood there before, so that it can be taken back."""

    __tablename__ = "lost_move"
    __table_args__ = (Index("ix_lost_move_case_id", "case_id", "id"), NEVER_REUSED)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("lost_case.id"))
    at: Mapped[datetime]
    by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    to_step: Mapped[str] = mapped_column(String(12))
    before: Mapped[dict[str, Any]] = mapped_column(JSON)


@dataclass(frozen=True)
class Case:
    """A case as the list and its page show it."""

    id: int
    person_id: int
    member_number: str | None
    full_name: str
    last_bought_on: date
    usual_gap_days: int | None
    opened_on: date
    step: Step
    worth: int
    cause: Cause | None
    competitor: str
    own_words: str
    is_temporary: bool
    back_on: date | None
    owner_id: int | None
    owner: str | None
    ended_on: date | None

    def rests(self, today: date) -> bool:
        """Whether it waits for the day on which they are expected back."""
        return self.ended_on is None and self.back_on is not None and self.back_on > today


_STANDS_BY_ITSELF = LostCase.person_id.not_in(select(Person.id).where(Person.merged_into.is_not(None)))
"""Of two records that became one the case of the one that stayed is shown; the other waits until they are parted."""


@dataclass(frozen=True)
class Wanted:
    """Which cases: `open` (those that can be worked on now), `resting`, `ended`, or one step."""

    state: str = "open"
    cause: str = ""
    owner_id: int | None = None


def cases(db: Session, wanted: Wanted, today: date, order: str, limit: int, offset: int) -> list[Case]:
    """A page of the register."""
    c = LostCase
    by = {"worth": c.worth, "last": c.last_bought_on, "opened": c.opened_on}[order.removeprefix("-")]
    ordered = by.desc() if order.startswith("-") else by.asc()
    query = _cases().where(_STANDS_BY_ITSELF, *_conditions(wanted, today)).order_by(ordered, c.id.desc())
    return [_case(row) for row in db.execute(query.limit(limit).offset(offset))]


def the_case(db: Session, case_id: int) -> Case:
    """One case; raises `NotFound`."""
    row = db.execute(_cases().where(LostCase.id == case_id)).one_or_none()
    if row is None:
        raise NotFound
    return _case(row)


def open_case_of(db: Session, person_id: int) -> Case | None:
    """The open case of somebody, if there is one."""
    row = db.execute(_cases().where(LostCase.person_id == person_id, LostCase.ended_on.is_(None))).one_or_none()
    return None if row is None else _case(row)


def open_cases_of(db: Session, account_id: int, limit: int) -> list[Case]:
    """The open cases that somebody works, the largest loss first."""
    whose = (LostCase.owner_id == account_id, LostCase.ended_on.is_(None))
    rows = db.execute(_cases().where(*whose).order_by(LostCase.worth.desc(), LostCase.id.desc()).limit(limit))
    return [_case(row) for row in rows]


def counted(db: Session, today: date) -> dict[str, tuple[int, int]]:
    """How many cases and what they are worth, by step; `resting` apart."""
    rests = and_(LostCase.step.in_(OPEN), LostCase.back_on > today)
    rows = db.execute(
        select(LostCase.step, rests.label("rests"), func.count(), func.sum(LostCase.worth))
        .where(_STANDS_BY_ITSELF)
        .group_by(LostCase.step, "rests")
    )
    found: dict[str, tuple[int, int]] = {}
    for step, is_resting, count, worth in rows:
        key = "resting" if is_resting else step
        had = found.get(key, (0, 0))
        found[key] = (had[0] + int(count), had[1] + int(worth or 0))
    return found


_MARK = select(
    select(func.max(LostMove.__table__.c.id)).scalar_subquery(),
    select(func.max(LostCase.__table__.c.id)).scalar_subquery(),
)


def newest(db: Session) -> tuple[int, int]:
    """The newest move and the newest case: different as soon as somebody moves a case, or one is opened."""
    move_id, case_id = db.execute(_MARK).one()
    return move_id or 0, case_id or 0


def causes(db: Session) -> list[tuple[Cause, int, int]]:
    """(cause, cases, their worth) of all cases with one, the most frequent first."""
    rows = db.execute(
        select(LostCase.cause, func.count(), func.sum(LostCase.worth))
        .where(LostCase.cause.is_not(None), _STANDS_BY_ITSELF)
        .group_by(LostCase.cause)
    )
    found = [(Cause(str(cause)), int(count), int(worth or 0)) for cause, count, worth in rows]
    return sorted(found, key=lambda one: (-one[1], -one[2], one[0]))


def last_words(db: Session, person_ids: Sequence[int]) -> dict[int, str]:
    """The last note or call with each of these people."""
    i = INTERACTIONS.c
    newest = select(func.max(i.id)).where(i.person_id.in_(person_ids)).group_by(i.person_id)
    return {row.person_id: row.summary for row in db.execute(select(i.person_id, i.summary).where(i.id.in_(newest)))}


@dataclass(frozen=True)
class Move:
    """The last move of a case."""

    id: int
    at: datetime
    by: str | None
    to_step: Step


def moves_of(db: Session, case_id: int) -> list[Move]:
    """What was done by hand, the last first."""
    m = LostMove
    rows = db.execute(
        select(m.id, m.at, Staff.name, m.to_step)
        .outerjoin(Staff, Staff.account_id == m.by)
        .where(m.case_id == case_id)
        .order_by(m.id.desc())
    )
    return [Move(row[0], row[1], row[2], Step(row[3])) for row in rows]


def would_be_late(db: Session, rhythm: Rhythm, today: date) -> tuple[int, int]:
    """How many members would be late by a rule that is not saved, and what they are worth a year."""
    f = MemberFigures
    patience = larger(f.usual_gap_days * rhythm.times_percent // 100, rhythm.least_days)
    is_late = days_after(f.last_bought_on, patience + 1) <= today
    row = db.execute(select(func.count(), func.sum(f.worth)).where(f.usual_gap_days.is_not(None), is_late)).one()
    return int(row[0]), int(row[1] or 0)


def _cases() -> Select[*tuple[Any, ...]]:
    c, f = LostCase, MemberFigures
    return (
        select(
            c.id, c.person_id, Person.member_number, Person.full_name, c.last_bought_on, f.usual_gap_days, c.opened_on,
            c.step, c.worth, c.cause, c.competitor, c.own_words, c.is_temporary, c.back_on, c.owner_id, Staff.name,
            c.ended_on,
        )
        .join(Person, Person.id == c.person_id)
        .outerjoin(f, f.member_id == c.person_id)
        .outerjoin(Staff, Staff.account_id == c.owner_id)
    )  # fmt: skip


def _case(row: Any) -> Case:
    values = list(row)
    values[7] = Step(values[7])
    values[9] = None if values[9] is None else Cause(values[9])
    return Case(*values)


def _conditions(wanted: Wanted, today: date) -> list[ColumnElement[bool]]:
    c = LostCase
    is_open, awake = c.ended_on.is_(None), or_(c.back_on.is_(None), c.back_on <= today)
    found: list[ColumnElement[bool]] = []
    if wanted.state == "resting":
        found += [is_open, c.back_on > today]
    elif wanted.state == "ended":
        found += [c.ended_on.is_not(None)]
    elif wanted.state in set(Step):
        found += [c.step == wanted.state, *([awake] if wanted.state in OPEN else [])]
    else:
        found += [is_open, awake]
    if wanted.cause:
        found.append(c.cause == wanted.cause)
    if wanted.owner_id is not None:
        found.append(c.owner_id == wanted.owner_id)
    return found
