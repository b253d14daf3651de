"""The inbox as its owner reads it: a page of it, one message, how much is unread, and marks of what was read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select, tuple_, update
from sqlalchemy.orm import Session

from club.contact.rules import Topic
from club.database import transaction
from club.errors import NotFound
from club.messages.inbox.models import INBOX
from club.messages.models import SHIPPED, Letter, MessageText, Wording
from club.messages.rendering import copy_of, subject_of
from club.programme.rules import Club

A_PAGE = 20


@dataclass(frozen=True)
class Line:
    """A message in the list."""

    id: int
    topic: Topic
    subject: str
    at: datetime
    is_unread: bool


@dataclass(frozen=True)
class Opened:
    """One message with its words."""

    line: Line
    words: str
    """HTML of our own templates."""
    language: str
    mailed_at: datetime | None


_Row = Row[*tuple[Any, ...]]
_LETTER: tuple[ColumnElement[Any], ...] = (
    INBOX.c.id,
    INBOX.c.person_id,
    INBOX.c.act,
    INBOX.c.step,
    INBOX.c.occurrence,
    INBOX.c.topic,
    INBOX.c.language,
    INBOX.c.data,
    INBOX.c.text_version,
    INBOX.c.subject,
    INBOX.c.at,
    INBOX.c.mailed_at,
    INBOX.c.read_at,
)


def unread_of(person_id: ColumnElement[int]) -> ColumnElement[int]:
    """How many messages somebody has not read, as a part of another question."""
    unread = (INBOX.c.person_id == person_id, INBOX.c.read_at.is_(None))
    return select(func.count()).select_from(INBOX).where(*unread).scalar_subquery()


def page_of(
    db: Session,
    person_id: int,
    club: Club,
    *,
    topic: Topic | None = None,
    unread: bool = False,
    before: int | None = None,
) -> tuple[list[Line], bool]:
    """One page of the list, the newest first, and whether there is more: two questions at most."""
    wanted = [INBOX.c.person_id == person_id]
    if topic is not None:
        wanted.append(INBOX.c.topic == topic.value)
    if unread:
        wanted.append(INBOX.c.read_at.is_(None))
    if before is not None:
        wanted.append(INBOX.c.id < before)
    rows = db.execute(select(*_LETTER).where(*wanted).order_by(INBOX.c.id.desc()).limit(A_PAGE + 1)).all()
    wordings = _wordings(db, rows)
    return [_line(row, _subject(row, club, wordings)) for row in rows[:A_PAGE]], len(rows) > A_PAGE


def topics_of(db: Session, person_id: int) -> list[Topic]:
    """The topics of which something stands there, in their order."""
    there = set(db.scalars(select(INBOX.c.topic).where(INBOX.c.person_id == person_id).distinct()))
    return [one for one in Topic if one.value in there]


def open_one(db: Session, person_id: int, message_id: int, club: Club) -> Opened:
    """One message of one's own, as it was sent. Raises `NotFound`."""
    row = db.execute(
        select(*_LETTER, INBOX.c.words).where(INBOX.c.id == message_id, INBOX.c.person_id == person_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    if row.subject is not None:
        return Opened(_line(row, row.subject), row.words, row.language, row.mailed_at)
    letter = _letter(row)
    subject, words = copy_of(letter, club, _wordings(db, [row]).get(_version(row), SHIPPED))
    return Opened(_line(row, subject), words, row.language, row.mailed_at)


def mark_read(db: Session, person_id: int, message_ids: Sequence[int] | None, now: datetime) -> int:
    """These messages, or all, are read; how many were not before."""
    wanted = [INBOX.c.person_id == person_id, INBOX.c.read_at.is_(None)]
    if message_ids is not None:
        wanted.append(INBOX.c.id.in_(message_ids))
    with transaction(db) as tx:
        return tx.connection().execute(update(INBOX).where(*wanted).values(read_at=now)).rowcount


def mark_unread(db: Session, person_id: int, message_id: int) -> None:
    """This message is to be read again."""
    with transaction(db) as tx:
        tx.execute(update(INBOX).where(INBOX.c.person_id == person_id, INBOX.c.id == message_id).values(read_at=None))


def _line(row: _Row, subject: str) -> Line:
    return Line(row.id, Topic(row.topic), subject, row.at, row.read_at is None)


def _subject(row: _Row, club: Club, wordings: dict[tuple[str, str, int], Wording]) -> str:
    if row.subject is not None:
        return str(row.subject)
    return subject_of(_letter(row), club, wordings.get(_version(row), SHIPPED))


def _version(row: _Row) -> tuple[str, str, int]:
    return row.act, row.language, row.text_version or 0


def _wordings(db: Session, rows: Iterable[_Row]) -> dict[tuple[str, str, int], Wording]:
    """The club's own words that messages without words of their own need: one question, or none."""
    wanted = {_version(row) for row in rows if row.subject is None and row.text_version}
    if not wanted:
        return {}
    texts = MessageText.__table__.c
    asked = select(texts.act, texts.language, texts.version, texts.words).where(
        tuple_(texts.act, texts.language, texts.version).in_(wanted)
    )
    return {(row.act, row.language, row.version): Wording(row.version, row.words) for row in db.execute(asked)}


def _letter(row: _Row) -> Letter:
    """What is put into words, as if it were a mail that was never sent."""
    return Letter(
        id=row.id, act=row.act, step=row.step, occurrence=row.occurrence, person_id=row.person_id, recipient="",
        language=row.language, data=row.data, secret=None, state="sent", tries=0, next_try_at=row.at, message_id="",
        last_error="", created_at=row.at, sent_at=row.at, text_version=row.text_version,
    )  # fmt: skip
