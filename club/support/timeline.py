"""Questions as the timeline of a customer tells them: asked, solved. Not their words: those are for who may answer."""

from typing import Any

from sqlalchemy import Select, Table

from club.care.models import Source, What
from club.care.models.sources import Who, event
from club.support.models import SupportCase

_CASES: Table = SupportCase.__table__  # type: ignore[assignment]  # a mapped class has a Table


def asked(person_id: Who, _: bool) -> Select[Any]:
    """a the number, b the topic, c the state today, k who answers."""
    c = _CASES.c
    return event("question", c.id, c.opened_at, rank=2, a=c.number, b=c.topic, c=c.state, k=c.owner_id).where(
        c.person_id == person_id
    )


def solved(person_id: Who, _: bool) -> Select[Any]:
    """a the number, b the topic, c how it was rated."""
    c = _CASES.c
    return event("question.solved", c.id, c.solved_at, rank=3, a=c.number, b=c.topic, c=c.rating).where(
        c.person_id == person_id, c.solved_at.is_not(None)
    )


QUESTIONS: tuple[Source, ...] = ((What.QUESTIONS, asked), (What.QUESTIONS, solved))
