"""One person's way through the stages, and why the rules see them where they do."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from club.accounts.models import Staff
from club.insight.models import FigureRun, MemberFigures
from club.lost.rules import Cause
from club.members.models import Person
from club.pipeline.models.tables import MOVES, PLACES
from club.pipeline.rules import Boundaries, Facts, How, Stage
from club.pipeline.sql import boundaries_of, friends_who_bought, has_answered

_P, _M = PLACES.c, MOVES.c


@dataclass(frozen=True)
class Standing:
    """Where somebody stands."""

    person_id: int
    stage: Stage
    by_rule: Stage
    since: date
    set_until: date | None
    set_by: str | None
    why: str
    lost_on: date | None
    cause: Cause | None


@dataclass(frozen=True)
class Moved:
    """One move of somebody."""

    before: Stage
    after: Stage
    on: date
    days: int
    how: How
    cause: Cause | None
    by: str | None


_SETTER = Staff.__table__.c
_PLACE = (
    select(_P.person_id, _P.stage, _P.by_rule, _P.since, _P.set_until, _SETTER.name, _P.why, _P.lost_on, _P.cause)
    .outerjoin_from(PLACES, Staff.__table__, _SETTER.account_id == _P.set_by)
    .where(_P.person_id == bindparam("person_id"))
)


def stage_of_person(db: Session, person_id: int) -> Standing | None:
    """Where somebody stands; None until the first night has seen them."""
    row: Any = db.execute(_PLACE, {"person_id": person_id}).one_or_none()
    if row is None:
        return None
    cause = None if row[8] is None else Cause(row[8])
    return Standing(row[0], Stage(row[1]), Stage(row[2]), row[3], row[4], row[5], row[6], row[7], cause)


def moves_of(db: Session, person_id: int, limit: int) -> list[Moved]:
    """How somebody went on, the last move first."""
    rows = db.execute(
        select(_M.before, _M.after, _M.on, _M.days, _M.how, _M.cause, Staff.name)
        .outerjoin_from(MOVES, Staff, Staff.account_id == _M.by)
        .where(_M.person_id == person_id)
        .order_by(_M.id.desc())
        .limit(limit)
    )
    return [_moved(row) for row in rows]


def _moved(row: Any) -> Moved:
    cause = None if row[5] is None else Cause(row[5])
    return Moved(Stage(row[0]), Stage(row[1]), row[2], row[3], How(row[4]), cause, row[6])


def days_at_stages(db: Session) -> dict[Stage, tuple[int, int]]:
    """For each stage, how many moved on from it and how many days they stood there on average."""
    rows = db.execute(
        select(_M.before, func.count(), func.sum(_M.days)).where(_M.before != _M.after).group_by(_M.before)
    )
    return {Stage(stage): (int(count), round(int(days) / int(count))) for stage, count, days in rows}


def facts_of(db: Session, person_id: int, as_of: date) -> Facts:
    """What the rules know of somebody."""
    f = MemberFigures
    friends = friends_who_bought()
    row: Any = db.execute(
        select(
            has_answered(), func.coalesce(f.buying_days, 0), f.first_bought_on, f.usual_gap_days, f.late_from, f.place,
            func.coalesce(friends.c.friends, 0),
        )
        .select_from(Person)
        .outerjoin(f, f.member_id == Person.id)
        .outerjoin(friends, friends.c.person_id == Person.id)
        .where(Person.id == person_id)
    ).one()  # fmt: skip
    return Facts(
        has_answered=bool(row[0]),
        buying_days=int(row[1]),
        first_bought_on=row[2],
        usual_gap_days=row[3],
        is_late=row[4] is not None and row[4] <= as_of,
        is_best=row[5] == "pareto",
        friends=int(row[6]),
    )


def boundaries_now(db: Session, today: date) -> Boundaries:
    """The boundaries as of the day that the figures stand at."""
    return boundaries_of(db, db.scalar(select(FigureRun.as_of)) or today)
