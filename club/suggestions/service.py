"""Suggesting, deciding, and saying that two are the same. Whoever suggested or voted is told once how it ended."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, insert, literal, or_, select, update
from sqlalchemy.orm import Session

from club.accounts.attempts import Try, count_tries
from club.audit import record
from club.care.rules import checked_text
from club.database import Transaction, transaction
from club.errors import NotFound, SuggestionMoved
from club.members.models import Person, the_person
from club.messages.many import queue_many
from club.permissions import Permission, Role, require
from club.suggestions.models import Suggestion, SuggestionVote, held
from club.suggestions.rules import ENDS, LONGEST_WORDS, State
from club.suggestions.voting import carry_over

_S = Suggestion
_V = SuggestionVote


def suggest(db: Session, person_id: int, words: str, now: datetime, *, form_key: bytes) -> int:
    """A member suggests something; its id. The same form twice suggests it once.

    Raises `NothingWritten`, `TextTooLong` and `TooManyTries`.
    """
    said = checked_text(words, LONGEST_WORDS)
    with transaction(db) as tx:
        before = _came_before(tx, form_key)
        if before is None:
            count_tries(tx, [Try("support.member", str(person_id))], now)
            before = _came_before(tx, form_key)  # the same form may have held the lock of the tries until now
        if before is not None:
            return before
        row = {
            "person_id": person_id, "words": said, "language": the_person(tx, person_id).language,
            "state": State.RECEIVED.value, "sent_at": now, "form_key": form_key,
        }  # fmt: skip
        made: int = tx.execute(insert(Suggestion).values(row).returning(_S.id)).scalar_one()
        record(tx, "suggestion.sent", "suggestion", made, by=None, now=now, person_id=person_id)
        return made


def decide(
    db: Session, suggestion_id: int, state: State, answer: str, by: int, role: Role | None, now: datetime, *, seen: int
) -> None:
    """Say where it stands, for all that are the same. What ends needs words, and a mail brings them, once.

    Raises `SuggestionMoved` if it is not as it was on the screen, `NothingWritten`, `TextTooLong`, `NotFound` and
    `NotAllowed`.
    """
    require(role, Permission.ANSWER_SUPPORT)
    said = checked_text(answer, LONGEST_WORDS) if answer.strip() or state in ENDS else ""
    with transaction(db) as tx:
        one = held(tx, suggestion_id)
        if one.version != seen or one.same_as_id is not None:
            raise SuggestionMoved
        values = {"state": state.value, "answer": said, "changed_at": now, "changed_by": by, "version": _S.version + 1}
        tx.execute(update(Suggestion).where(_with_equals(suggestion_id)).values(**values))
        _tell(tx, suggestion_id, state, said, now)
        record(tx, "suggestion.decided", "suggestion", suggestion_id, by=by, now=now, is_done=state is State.DONE)


def join(db: Session, suggestion_id: int, into_id: int, by: int, role: Role | None, now: datetime) -> None:
    """It says the same as another one: from now on both stand where that one does, and all that were joined to it.

    Raises `SuggestionMoved` where one of them was joined meanwhile, `NotFound` and `NotAllowed`.
    """
    require(role, Permission.ANSWER_SUPPORT)
    if suggestion_id == into_id:
        raise NotFound
    with transaction(db) as tx:
        both = {one: held(tx, one) for one in sorted((suggestion_id, into_id))}
        goes, stays = both[suggestion_id], both[into_id]
        if goes.same_as_id is not None or stays.same_as_id is not None:
            raise SuggestionMoved
        goes_stood = goes.state
        carry_over(tx, goes, stays)
        values = {
            "same_as_id": into_id, "state": stays.state, "answer": stays.answer, "changed_at": now, "changed_by": by,
            "version": _S.version + 1,
        }  # fmt: skip
        tx.execute(update(Suggestion).where(_with_equals(suggestion_id)).values(**values))
        if goes_stood != stays.state:
            _tell(tx, into_id, State(stays.state), stays.answer, now)
        record(tx, "suggestion.joined", "suggestion", suggestion_id, by=by, now=now, into=into_id)


def _tell(tx: Transaction, suggestion_id: int, state: State, answer: str, now: datetime) -> None:
    """Everybody who suggested it or voted for it and has an address; who was told this before is not told again."""
    if state not in ENDS:
        return
    readers: Any = (
        select(
            Person.id.label("person_id"), Person.email, Person.language,
            func.coalesce(func.nullif(Person.call_name, ""), Person.full_name).label("name"),
            literal(None).label("secret"),
        )
        .where(
            or_(
                Person.id.in_(select(_S.person_id).where(_with_equals(suggestion_id))),
                Person.id.in_(select(_V.person_id).where(_V.suggestion_id == suggestion_id)),
            ),
            Person.email.is_not(None),
        )
    )  # fmt: skip
    act = f"suggestion.{state.value}"
    occurrence = f"suggestion:{suggestion_id}:{state.value}"
    queue_many(tx, act, readers, {"words": answer}, occurrence=occurrence, due_at=now, now=now)


def _with_equals(suggestion_id: int) -> ColumnElement[bool]:
    return or_(_S.id == suggestion_id, _S.same_as_id == suggestion_id)


def _came_before(tx: Transaction, form_key: bytes) -> int | None:
    return tx.scalar(select(_S.id).where(_S.form_key == form_key))
