"""What members write on their own preferences card, and take off it."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from club.care.models.tables import PREFERENCES
from club.care.rules import MOST_LINES, NewPreference, Source
from club.care.service.preferences import mark_over, write_preference
from club.care.service.writing import hold_person
from club.database import Transaction, transaction
from club.errors import CardFull, NotFound


def add_own(db: Session, person_id: int, new: NewPreference, by: int, now: datetime) -> int:
    """One more line by the member; its id. Raises `CardFull`, `NothingWritten` and `TextTooLong`."""
    with transaction(db) as tx:
        hold_person(tx, person_id)
        return _add(tx, person_id, new, by, now)


def change_own(db: Session, person_id: int, preference_id: int, new: NewPreference, by: int, now: datetime) -> int:
    """Other words for a line of one's own: the former one ends. Raises as `add_own`, and `NotFound`."""
    with transaction(db) as tx:
        hold_person(tx, person_id)
        if not _line(tx, person_id, preference_id, is_over=False):
            raise NotFound
        mark_over(tx, person_id, preference_id, True, by, now)
        return _add(tx, person_id, new, by, now)


def end_own(db: Session, person_id: int, preference_id: int, is_over: bool, by: int, now: datetime) -> None:
    """Take a line off one's card, whoever wrote down what one said, or put it back. Raises `NotFound`."""
    with transaction(db) as tx:
        hold_person(tx, person_id)
        _line(tx, person_id, preference_id, is_over=not is_over)
        mark_over(tx, person_id, preference_id, is_over, by, now)


def _add(tx: Transaction, person_id: int, new: NewPreference, by: int, now: datetime) -> int:
    columns = PREFERENCES.c
    standing = select(func.count()).where(columns.person_id == person_id, columns.ended_at.is_(None))
    if (tx.scalar(standing) or 0) >= MOST_LINES:
        raise CardFull(MOST_LINES)
    return write_preference(tx, person_id, new, by, now, is_own=True)


def _line(tx: Transaction, person_id: int, preference_id: int, *, is_over: bool) -> bool:
    """Whether the member wrote a line that they see, in the state that the page showed; raises `NotFound`."""
    columns = PREFERENCES.c
    own = columns.person_id == person_id, columns.source == Source.SAID.value, columns.id == preference_id
    state = columns.ended_at.is_not(None) if is_over else columns.ended_at.is_(None)
    is_own: bool | None = tx.scalar(select(columns.is_own).where(*own, state).with_for_update())
    if is_own is None:
        raise NotFound
    return is_own
