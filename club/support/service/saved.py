"""Answers that staff use again."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import delete, insert, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from club.audit import record
from club.care.rules import checked_line, checked_text
from club.database import transaction
from club.errors import NotFound, NothingWritten, TitleTaken
from club.permissions import Permission, Role, require
from club.support.models import SavedAnswer
from club.support.rules import LONGEST_TITLE, LONGEST_WORDS
from club.texts import LANGUAGES, Texts


def add_saved(db: Session, title: str, words: Texts, by: int, role: Role | None, now: datetime) -> int:
    """Keep an answer; its id. Raises `NotAllowed`, `NothingWritten`, `TextTooLong`, `TitleTaken`."""
    require(role, Permission.ANSWER_SUPPORT)
    values = _checked(title, words)
    with _one_title(), transaction(db) as tx:
        row = {**values, "changed_at": now, "changed_by": by}
        answer_id: int = tx.execute(insert(SavedAnswer).values(row).returning(SavedAnswer.id)).scalar_one()
        record(tx, "saved_answer.added", "saved_answer", answer_id, by=by, now=now)
        return answer_id


def change_saved(
    db: Session, answer_id: int, title: str, words: Texts, by: int, role: Role | None, now: datetime
) -> None:
    """Other words for it. Raises as `add_saved`, and `NotFound`."""
    require(role, Permission.ANSWER_SUPPORT)
    values = _checked(title, words)
    with _one_title(), transaction(db) as tx:
        row = {**values, "changed_at": now, "changed_by": by}
        found = tx.execute(update(SavedAnswer).where(SavedAnswer.id == answer_id).values(row).returning(SavedAnswer.id))
        if found.first() is None:
            raise NotFound
        record(tx, "saved_answer.changed", "saved_answer", answer_id, by=by, now=now)


def remove_saved(db: Session, answer_id: int, by: int, role: Role | None, now: datetime) -> None:
    """Nobody needs it any more; twice is the same as once."""
    require(role, Permission.ANSWER_SUPPORT)
    with transaction(db) as tx:
        gone = tx.execute(delete(SavedAnswer).where(SavedAnswer.id == answer_id).returning(SavedAnswer.id))
        if gone.first() is not None:
            record(tx, "saved_answer.removed", "saved_answer", answer_id, by=by, now=now)


def _checked(title: str, words: Texts) -> dict[str, object]:
    said = {code: checked_text(words[code], LONGEST_WORDS) for code in LANGUAGES if words.get(code, "").strip()}
    if not said:
        raise NothingWritten
    return {"title": checked_line(title, LONGEST_TITLE), "words": Texts(said)}


@contextmanager
def _one_title() -> Iterator[None]:
    try:
        yield
    except IntegrityError as clash:
        if "title" in str(clash.orig):
            raise TitleTaken from clash
        raise
