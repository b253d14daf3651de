"""What was said about articles: as members see it below one, and as staff go through it."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session

from club.content.models import ARTICLES, COMMENTS, REPORTS
from club.content.rules import CommentState
from club.members.models import Person
from club.texts import Texts

MOST_BELOW = 200


class Heard(StrEnum):
    """Which comments staff look at."""

    WAITING = "waiting"
    REPORTED = "reported"
    SHOWN = "shown"
    HIDDEN = "hidden"


class Said(NamedTuple):
    """A comment below an article."""

    id: int
    name: str
    words: str
    written_at: datetime
    is_own: bool
    is_waiting: bool


class Line(NamedTuple):
    """A comment in the list of staff."""

    id: int
    article_id: int
    title: Texts
    person_id: int
    full_name: str
    words: str
    state: str
    written_at: datetime
    reports: int


_C = COMMENTS.c
_IS_REPORTED = exists().where(REPORTS.c.comment_id == _C.id)


def below(db: Session, article_id: int, person_id: int) -> list[Said]:
    """The newest of what is shown and of one's own that waits, the oldest of them first: one question."""
    is_own = _C.person_id == person_id
    is_seen = or_(_C.state == CommentState.SHOWN.value, and_(is_own, _C.state == CommentState.WAITING.value))
    asked = (
        select(_C.id, Person.call_name, Person.full_name, _C.words, _C.written_at, is_own.label("is_own"), _C.state)
        .join(Person, Person.id == _C.person_id)
        .where(_C.article_id == article_id, is_seen)
        .order_by(_C.id.desc())
        .limit(MOST_BELOW)
    )
    return [
        Said(
            row.id, row.call_name or row.full_name, row.words, row.written_at, bool(row.is_own),
            row.state == CommentState.WAITING.value,
        )
        for row in reversed(db.execute(asked).all())
    ]  # fmt: skip


def heard(db: Session, view: Heard, limit: int, offset: int = 0) -> list[Line]:
    """A page of the list: what waits longest first, else the newest first."""
    reports = select(func.count()).select_from(REPORTS).where(REPORTS.c.comment_id == _C.id).scalar_subquery()
    asked = (
        select(
            _C.id, _C.article_id, ARTICLES.c.title, _C.person_id, Person.full_name, _C.words, _C.state, _C.written_at,
            reports,
        )
        .join(ARTICLES, ARTICLES.c.id == _C.article_id)
        .join(Person, Person.id == _C.person_id)
        .where(_in_view(view))
        .order_by(_C.id.asc() if view is Heard.WAITING else _C.id.desc())
        .limit(limit)
        .offset(offset)
    )  # fmt: skip
    return [Line(*row) for row in db.execute(asked)]


def heard_counts(db: Session) -> dict[Heard, int]:
    """How many comments each view has: one question."""
    counted = [func.coalesce(func.sum(case((_in_view(view), 1), else_=0)), 0) for view in Heard]
    row = db.execute(select(*counted).select_from(COMMENTS)).one()
    return {view: int(count) for view, count in zip(Heard, row, strict=True)}


def to_look_at(db: Session) -> int:
    """How many wait or were reported."""
    asked = select(func.count()).select_from(COMMENTS)
    return db.scalar(asked.where(or_(_in_view(Heard.WAITING), _in_view(Heard.REPORTED)))) or 0


def _in_view(view: Heard) -> ColumnElement[bool]:
    if view is Heard.REPORTED:
        return and_(_C.state == CommentState.SHOWN.value, _IS_REPORTED)
    return _C.state == view.value
