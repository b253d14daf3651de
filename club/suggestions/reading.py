"""What members and staff read of suggestions."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from club.errors import NotFound
from club.members.models import Person
from club.suggestions.models import Suggestion, SuggestionVote
from club.suggestions.rules import ENDS, State
from club.texts import Texts


@dataclass(frozen=True)
class Suggested:
    """A suggestion. `equals`: how many others say the same; `same_as_id`: the one that goes on for it."""

    id: int
    person_id: int
    full_name: str
    words: str
    language: str
    state: State
    answer: str
    same_as_id: int | None
    sent_at: datetime
    changed_at: datetime | None
    version: int
    equals: int
    votes: int
    public_words: Texts
    published_at: datetime | None


@dataclass(frozen=True)
class Wanted:
    """What members read of a suggestion. `is_mine`: the reader voted for it."""

    id: int
    words: Texts
    state: State
    answer: str
    votes: int
    is_mine: bool


_S = Suggestion
_V = SuggestionVote
_VOTES = select(func.count()).where(_V.suggestion_id == _S.id).correlate(_S).scalar_subquery()


def own(db: Session, person_id: int, limit: int, offset: int = 0) -> list[Suggested]:
    """What a member suggested, the newest first."""
    return _found(db, _asked().where(_S.person_id == person_id).order_by(_S.id.desc()).limit(limit).offset(offset))


def listed(db: Session, state: State, limit: int, offset: int = 0) -> list[Suggested]:
    """What stands there, without what was joined to another one; the oldest first while it is open."""
    order = _S.id.desc() if state in {State.DONE, State.DECLINED} else _S.id
    other = aliased(Suggestion)
    somebody_says = or_(
        _S.words != "", _S.published_at.is_not(None), exists().where(other.same_as_id == _S.id, other.words != "")
    )
    those = _asked().where(_S.state == state.value, _S.same_as_id.is_(None), somebody_says)
    return _found(db, those.order_by(order).limit(limit).offset(offset))


def wanted(db: Session, person_id: int, is_open: bool, limit: int, offset: int = 0) -> list[Wanted]:
    """What is published, what most want first: what can be voted for, or what became of the others."""
    mine = exists().where(_V.suggestion_id == _S.id, _V.person_id == person_id)
    ends = [state.value for state in ENDS]
    votes = _VOTES.label("votes")
    asked = (
        select(_S.id, _S.public_words.label("words"), _S.state, _S.answer, votes, mine.label("is_mine"))
        .where(_S.published_at.is_not(None), _S.state.not_in(ends) if is_open else _S.state.in_(ends))
        .order_by(votes.desc(), _S.id.desc())
    )
    return [
        Wanted(**{**row._asdict(), "state": State(row.state)}) for row in db.execute(asked.limit(limit).offset(offset))
    ]


def the_suggestion(db: Session, suggestion_id: int) -> Suggested:
    """One of them; raises `NotFound`."""
    found = _found(db, _asked().where(_S.id == suggestion_id))
    if not found:
        raise NotFound
    return found[0]


def equals_of(db: Session, suggestion_id: int, limit: int) -> list[Suggested]:
    """Those that say the same."""
    return _found(db, _asked().where(_S.same_as_id == suggestion_id).order_by(_S.id).limit(limit))


def _asked() -> Any:
    other = aliased(Suggestion)
    equals = select(func.count()).where(other.same_as_id == _S.id).scalar_subquery()
    return select(
        _S.id, _S.person_id, Person.full_name, _S.words, _S.language, _S.state, _S.answer, _S.same_as_id, _S.sent_at,
        _S.changed_at, _S.version, equals.label("equals"), _VOTES.label("votes"), _S.public_words, _S.published_at,
    ).join(Person, Person.id == _S.person_id)  # fmt: skip


def _found(db: Session, asked: Any) -> list[Suggested]:
    return [Suggested(**{**row._asdict(), "state": State(row.state)}) for row in db.execute(asked)]
