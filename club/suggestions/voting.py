"""Suggestions that members see, in words of the club and without a name, and the vote that each member has."""

from datetime import datetime

from sqlalchemy import delete, exists, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, aliased

from club.audit import record
from club.care.rules import checked_text
from club.database import Transaction, is_sqlite, transaction
from club.errors import NothingWritten, SuggestionMoved, VotingOver
from club.permissions import Permission, Role, require
from club.suggestions.models import Suggestion, SuggestionVote, held
from club.suggestions.rules import ENDS, LONGEST_PUBLIC, State
from club.texts import LANGUAGES, Texts

_S = Suggestion
_V = SuggestionVote


def publish(db: Session, suggestion_id: int, words: Texts, by: int, role: Role | None, now: datetime) -> None:
    """Members read it from now on in these words and vote for it; the same again puts other words.

    Raises `NothingWritten` where a language is missing, `TextTooLong`, `SuggestionMoved`, `NotFound`, `NotAllowed`.
    """
    require(role, Permission.ANSWER_SUPPORT)
    if any(not words.get(code, "").strip() for code in LANGUAGES):
        raise NothingWritten
    said = Texts({code: checked_text(words[code], LONGEST_PUBLIC) for code in LANGUAGES})
    with transaction(db) as tx:
        before = held(tx, suggestion_id)
        if before.same_as_id is not None:
            raise SuggestionMoved
        values = {"public_words": said, "published_at": before.published_at or now}
        tx.execute(update(Suggestion).where(_S.id == suggestion_id).values(**values))
        record(tx, "suggestion.published", "suggestion", suggestion_id, by=by, now=now)


def withdraw(db: Session, suggestion_id: int, by: int, role: Role | None, now: datetime) -> None:
    """Members see it no more; its words and votes stay for another time. Raises `NotFound`, `NotAllowed`."""
    require(role, Permission.ANSWER_SUPPORT)
    with transaction(db) as tx:
        if held(tx, suggestion_id).published_at is None:
            return
        tx.execute(update(Suggestion).where(_S.id == suggestion_id).values(published_at=None))
        record(tx, "suggestion.withdrawn", "suggestion", suggestion_id, by=by, now=now)


def vote(db: Session, suggestion_id: int, person_id: int, now: datetime) -> None:
    """A member wants it too; twice counts once. Raises `VotingOver` unless it is published and open, and `NotFound`."""
    with transaction(db) as tx:
        one = held(tx, suggestion_id)
        if one.published_at is None or one.same_as_id is not None or State(one.state) in ENDS:
            raise VotingOver
        row = {"suggestion_id": suggestion_id, "person_id": person_id, "voted_at": now}
        add = (sqlite.insert if is_sqlite(tx) else postgresql.insert)(SuggestionVote)
        tx.execute(add.values(row).on_conflict_do_nothing(index_elements=["suggestion_id", "person_id"]))


def take_back(db: Session, suggestion_id: int, person_id: int) -> None:
    """A member does not want it after all, also where it was joined to another one meanwhile."""
    went_on = select(_S.same_as_id).where(_S.id == suggestion_id).scalar_subquery()
    with transaction(db) as tx:
        tx.execute(
            delete(SuggestionVote).where(_V.person_id == person_id, _V.suggestion_id.in_((suggestion_id, went_on)))
        )


def carry_over(tx: Transaction, goes: Suggestion, stays: Suggestion) -> None:
    """Votes for one of two equal ones count for the other, each member once; its words stand where that has none."""
    other = aliased(SuggestionVote)
    has_both = exists().where(other.suggestion_id == stays.id, other.person_id == _V.person_id)
    theirs = _V.suggestion_id == goes.id
    tx.execute(delete(SuggestionVote).where(theirs, has_both))
    tx.execute(update(SuggestionVote).where(theirs).values(suggestion_id=stays.id))
    if goes.published_at is None:
        return
    if stays.published_at is None:
        values = {"public_words": goes.public_words, "published_at": goes.published_at}
        tx.execute(update(Suggestion).where(_S.id == stays.id).values(**values))
    tx.execute(update(Suggestion).where(_S.id == goes.id).values(published_at=None))
