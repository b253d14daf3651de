"""The board and the list: how many stand where, who arrived last, and one page of people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, func, select, union_all
from sqlalchemy.orm import Session

from club.accounts.models import Staff
from club.care.models import CARERS, COMMITMENTS, TASKS
from club.care.rules import OPEN
from club.leads.models import LEADS, SOURCES
from club.leads.rules import SourceKind
from club.lost.rules import Cause
from club.members.models import Person
from club.pipeline.models.steps import LATER, NO_STEP, OVERDUE, TODAY, is_state, next_steps, step_state
from club.pipeline.models.tables import PLACES
from club.pipeline.rules import STAGES, Stage

CARDS = 6
"""So many people of each stage stand on the board; the list has all of them."""

_P = PLACES.c


@dataclass(frozen=True)
class Column:
    """One stage of the board. `worth`: what they bought in 365 days, minor units. `steps`: how many by next step."""

    stage: Stage
    people: int
    worth: int
    steps: dict[str, int]


@dataclass(frozen=True)
class Card:
    """A person on the board or in the list."""

    person_id: int
    full_name: str
    member_number: str | None
    stage: Stage
    since: date
    worth: int
    is_by_hand: bool
    lost_on: date | None
    cause: Cause | None
    source_kind: SourceKind | None = None
    source: str = ""
    owner: str | None = None
    due_on: date | None = None
    what: str = ""

    def step(self, today: date) -> str:
        """Where what comes next stands by its day."""
        if self.due_on is None:
            return NO_STEP
        return OVERDUE if self.due_on < today else TODAY if self.due_on == today else LATER


def columns(db: Session, today: date) -> list[Column]:
    """All six stages, in two queries: one walk along an index, and one over what is open."""
    at_work = _P.lost_on.is_(None)
    counted = {
        row[0]: (int(row[1]), int(row[2] or 0))
        for row in db.execute(select(_P.stage, func.count(), func.sum(_P.worth)).where(at_work).group_by(_P.stage))
    }
    steps = next_steps()
    state = step_state(steps.c.due_on, today).label("state")
    rows = db.execute(
        select(_P.stage, state, func.count())
        .join_from(steps, PLACES, _P.person_id == steps.c.person_id)
        .where(at_work)
        .group_by(_P.stage, state)
    )
    by_step: dict[str, dict[str, int]] = {stage.value: {} for stage in STAGES}
    for stage, name, count in rows:
        by_step[stage][name] = int(count)
    return [_column(stage, *counted.get(stage.value, (0, 0)), by_step[stage.value]) for stage in STAGES]


def _column(stage: Stage, people: int, worth: int, steps: dict[str, int]) -> Column:
    return Column(stage, people, worth, {NO_STEP: people - sum(steps.values()), **steps})


def newest(db: Session, stages: Sequence[Stage]) -> dict[Stage, list[Card]]:
    """Who arrived last at each of these stages, in two queries."""
    parts = [
        select(_P.person_id)
        .where(_P.stage == stage.value, _P.lost_on.is_(None))
        .order_by(_P.since.desc(), _P.person_id.desc())
        .limit(CARDS)
        .subquery()
        for stage in stages
    ]
    ids = db.scalars(union_all(*(select(part.c.person_id) for part in parts))).all()
    found: dict[Stage, list[Card]] = {stage: [] for stage in stages}
    for card in cards(db, ids):
        found[card.stage].append(card)
    return found


@dataclass(frozen=True)
class Wanted:
    """Whom the list shows: a stage or `lost`, a next step, a source by which they came, an owner."""

    stage: str = ""
    step: str = ""
    source_id: int | None = None
    owner_id: int | None = None


def listed(db: Session, wanted: Wanted, today: date, order: str, limit: int, offset: int) -> list[Card]:
    """A page of people, in two queries."""
    by = {"since": _P.since, "worth": _P.worth}[order.removeprefix("-")]
    ordered = by.desc() if order.startswith("-") else by.asc()
    query = select(_P.person_id).where(*_conditions(wanted, today)).order_by(ordered, _P.person_id.desc())
    return cards(db, db.scalars(query.limit(limit).offset(offset)).all())


def how_many(db: Session, wanted: Wanted, today: date) -> int:
    """How many the list has in all."""
    return int(db.scalar(select(func.count()).select_from(PLACES).where(*_conditions(wanted, today))) or 0)


def _conditions(wanted: Wanted, today: date) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.stage == "lost":
        found.append(_P.lost_on.is_not(None))
    else:
        found.append(_P.lost_on.is_(None))
        if wanted.stage:
            found.append(_P.stage == wanted.stage)
    if wanted.step:
        found.append(is_state(_P.person_id, wanted.step, today))
    if wanted.source_id is not None:
        came = select(LEADS.c.person_id).where(LEADS.c.source_id == wanted.source_id)
        found.append(_P.person_id.in_(came))
    if wanted.owner_id is not None:
        cared = select(CARERS.c.person_id).where(CARERS.c.account_id == wanted.owner_id, CARERS.c.ended_at.is_(None))
        found.append(_P.person_id.in_(cared))
    return found


def cards(db: Session, person_ids: Sequence[int]) -> list[Card]:
    """These people in this order, with where they came from, who looks after them and what comes next. One query."""
    if not person_ids:
        return []
    first = select(func.min(LEADS.c.id)).where(LEADS.c.person_id == _P.person_id).correlate(PLACES).scalar_subquery()
    rows = db.execute(
        select(
            _P.person_id, Person.full_name, Person.member_number, _P.stage, _P.since, _P.worth,
            _P.set_until.is_not(None), _P.lost_on, _P.cause, SOURCES.c.kind, SOURCES.c.name, Staff.name,
            *_next_of(),
        )
        .select_from(PLACES)
        .join(Person, Person.id == _P.person_id)
        .outerjoin(LEADS, LEADS.c.id == first)
        .outerjoin(SOURCES, SOURCES.c.id == LEADS.c.source_id)
        .outerjoin(CARERS, (CARERS.c.person_id == _P.person_id) & CARERS.c.ended_at.is_(None))
        .outerjoin(Staff, Staff.account_id == CARERS.c.account_id)
        .where(_P.person_id.in_(person_ids))
    )  # fmt: skip
    found = {row[0]: _card(row) for row in rows}
    return [found[person_id] for person_id in person_ids if person_id in found]


def _next_of() -> tuple[Any, Any]:
    """Day and words of what comes next, along the index of tasks and promises by person."""
    items = union_all(
        *(
            select(table.c.due_on, table.c.what, table.c.id)
            .where(table.c.person_id == _P.person_id, table.c.state == OPEN)
            .correlate(PLACES)
            for table in (TASKS, COMMITMENTS)
        )
    )
    due, what = items.subquery("due"), items.subquery("said")
    return (
        select(func.min(due.c.due_on)).scalar_subquery(),
        select(what.c.what).order_by(what.c.due_on, what.c.id).limit(1).scalar_subquery(),
    )


def _card(row: Any) -> Card:
    values = list(row)
    values[3] = Stage(values[3])
    values[6] = bool(values[6])
    values[8] = None if values[8] is None else Cause(values[8])
    values[9] = None if values[9] is None else SourceKind(values[9])
    values[10], values[13] = values[10] or "", values[13] or ""
    return Card(*values)
