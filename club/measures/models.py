"""Corrective actions: each with its task, the task of looking whether it helped, and a figure before and after."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    Date,
    ForeignKey,
    Index,
    Select,
    String,
    Text,
    and_,
    bindparam,
    func,
    select,
)
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from club.accounts.models import Staff
from club.care.models import Task
from club.care.rules import LONGEST_CAUSE, LONGEST_WHAT
from club.database import NEVER_REUSED, Base, BigId
from club.errors import NotFound
from club.lost.models import LostCase
from club.lost.rules import Cause
from club.measures.rules import LONGEST_FIGURE, RUNNING, State, Verdict


class Measure(Base):
    """One change of how we work. Who does it and by when stands in its task, so that handing over hands it over too."""

    __tablename__ = "measure"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'done', 'closed', 'dropped')", name="state_known"),
        CheckConstraint("verdict IN ('worked', 'partly', 'no_effect', 'worse')", name="verdict_known"),
        CheckConstraint("(state = 'closed') = (looked_on IS NOT NULL)", name="closed_has_effect_day"),
        CheckConstraint("(looked_on IS NULL) = (verdict IS NULL)", name="effect_has_verdict"),
        CheckConstraint("(looked_on IS NULL) = (figure_after IS NULL)", name="effect_has_figure"),
        CheckConstraint("state NOT IN ('done', 'closed') OR done_on IS NOT NULL", name="done_has_day"),
        CheckConstraint("(done_on IS NULL) = (look_id IS NULL)", name="done_has_look"),
        CheckConstraint("figure_before >= 0 AND figure_after >= 0", name="figures_positive"),
        Index("ix_measure_state", "state", "id"),
        Index("ix_measure_cause", "cause", "id"),
        Index("ix_measure_case_id", "case_id"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    cause: Mapped[str] = mapped_column(String(12))
    """One of the causes for which customers are lost."""
    what: Mapped[str] = mapped_column(String(LONGEST_WHAT))
    was: Mapped[str] = mapped_column(Text, default="")
    """How it was done until then."""
    figure: Mapped[str] = mapped_column(String(LONGEST_FIGURE))
    """What is counted to see the effect."""
    figure_before: Mapped[int] = mapped_column(BigId)
    figure_after: Mapped[int | None] = mapped_column(BigId)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("lost_case.id", ondelete="SET NULL"))
    """The lost customer whose case gave rise to it."""
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"))
    look_id: Mapped[int | None] = mapped_column(ForeignKey("task.id"))
    """The task of looking whether it helped, once it is done."""
    state: Mapped[str] = mapped_column(String(8), default="open")
    made_at: Mapped[datetime]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    done_on: Mapped[date | None]
    looked_on: Mapped[date | None]
    verdict: Mapped[str | None] = mapped_column(String(12))
    words: Mapped[str] = mapped_column(Text, default="")
    """What was found, or why it was dropped."""
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    once: Mapped[str | None] = mapped_column(String(LONGEST_CAUSE), unique=True)


@dataclass(frozen=True, kw_only=True)
class Shown:
    """An action as the list and its page show it. `due_on`: of what comes next, doing it or looking at its effect."""

    id: int
    cause: Cause
    what: str
    was: str
    figure: str
    figure_before: int
    figure_after: int | None
    case_id: int | None
    state: State
    made_at: datetime
    done_on: date | None
    looked_on: date | None
    verdict: Verdict | None
    words: str
    ended_at: datetime | None
    task_id: int
    due_on: date
    owner_id: int
    owner: str

    @property
    def is_running(self) -> bool:
        """Whether something is still to be done about it."""
        return self.state in RUNNING

    def days_late(self, today: date) -> int:
        """How many days what comes next is overdue; 0: it is not."""
        return max((today - self.due_on).days, 0) if self.is_running else 0


@dataclass(frozen=True)
class Wanted:
    """Which actions: `running`, `late`, `closed` (what has changed) or `all`; of one cause, of one owner."""

    state: str = "running"
    cause: str = ""
    owner_id: int | None = None
    case_id: int | None = None


_M = Measure.__table__.c
_DO, _LOOK = aliased(Task.__table__), aliased(Task.__table__)
_due = func.coalesce(_LOOK.c.due_on, _DO.c.due_on)
_owner = func.coalesce(_LOOK.c.owner_id, _DO.c.owner_id)
_FROM = Measure.__table__.join(_DO, _DO.c.id == _M.task_id).outerjoin(_LOOK, _LOOK.c.id == _M.look_id)
_OWN = (
    "id", "cause", "what", "was", "figure", "figure_before", "figure_after", "case_id", "state", "made_at", "done_on",
    "looked_on", "verdict", "words", "ended_at",
)  # fmt: skip


def measures(db: Session, wanted: Wanted, today: date, limit: int, offset: int = 0) -> list[Shown]:
    """A page of them: what runs by its day, what has ended the last first."""
    runs = wanted.state in ("running", "late")
    order = (_due, _M.id) if runs else (_M.id.desc(),)
    query = _shown().where(*_conditions(wanted, today)).order_by(*order).limit(limit).offset(offset)
    return [_read(row) for row in db.execute(query)]


def the_measure(db: Session, measure_id: int) -> Shown:
    """One of them; raises `NotFound`."""
    row = db.execute(_shown().where(_M.id == measure_id)).one_or_none()
    if row is None:
        raise NotFound
    return _read(row)


def counted(db: Session, today: date) -> dict[str, int]:
    """How many run, are late, closed, and all of them."""
    states = ("running", "late", "closed", "all")
    each = [
        select(func.count()).select_from(_FROM).where(*_conditions(Wanted(state), today)).scalar_subquery()
        for state in states
    ]
    return dict(zip(states, db.execute(select(*each)).one(), strict=True))


_LATE = select(func.count()).select_from(_FROM).where(_M.state.in_(RUNNING), _due < bindparam("today", type_=Date))


def late_measures(db: Session, today: date) -> int:
    """How many wait past their day, whoever's they are."""
    return int(db.scalar(_LATE, {"today": today}) or 0)


def running_by_cause(db: Session) -> dict[Cause, int]:
    """How many actions run against each cause."""
    rows = db.execute(select(_M.cause, func.count()).where(_M.state.in_(RUNNING)).group_by(_M.cause))
    return {Cause(cause): int(count) for cause, count in rows}


def cases_begun(db: Session, cause: Cause, first: date, last: date) -> int:
    """Lost customers of this cause whose case began in these days, the last counted too."""
    c = LostCase
    query = select(func.count()).where(c.cause == cause.value, c.opened_on >= first, c.opened_on <= last)
    return int(db.scalar(query) or 0)


def _shown() -> Select[Any]:
    return (
        select(
            *(_M[name] for name in _OWN),
            func.coalesce(_M.look_id, _M.task_id).label("task_id"),
            _due.label("due_on"),
            _owner.label("owner_id"),
            func.coalesce(Staff.name, "").label("owner"),
        )
        .select_from(_FROM)
        .outerjoin(Staff, Staff.account_id == _owner)
    )


def _read(row: Any) -> Shown:
    shown = Shown(**row._mapping)
    verdict = None if shown.verdict is None else Verdict(shown.verdict)
    return replace(shown, cause=Cause(shown.cause), state=State(shown.state), verdict=verdict)


def _conditions(wanted: Wanted, today: date) -> list[ColumnElement[bool]]:
    runs = _M.state.in_(RUNNING)
    narrowed: dict[str, list[ColumnElement[bool]]] = {
        "running": [runs],
        "late": [and_(runs, _due < today)],
        "closed": [_M.state == State.CLOSED.value],
    }
    found = narrowed.get(wanted.state, [])
    if wanted.cause:
        found.append(_M.cause == wanted.cause)
    if wanted.owner_id is not None:
        found.append(_owner == wanted.owner_id)
    if wanted.case_id is not None:
        found.append(_M.case_id == wanted.case_id)
    return found
