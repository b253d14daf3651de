"""The copy of a mail in the reader's inbox, written with what became of the mail."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from club.database import Transaction, is_sqlite
from club.messages.acts import ACTS
from club.messages.inbox.models import INBOX, LONGEST_SUBJECT, ONCE
from club.messages.models import Letter, Wording
from club.messages.rendering import copy_of
from club.programme.rules import Club


@dataclass(frozen=True)
class Copy:
    """A message as it stands in the inbox, put into words."""

    letter: Letter
    subject: str
    words: str
    text_version: int


def made_copy(letter: Letter, club: Club, wording: Wording) -> Copy | None:
    """The copy of a message; None for whoever has no inbox, and for what does not stand there."""
    act = ACTS.get(letter.act)
    if letter.person_id is None or act is None or act.topic is None:
        return None
    subject, words = copy_of(letter, club, wording)
    return Copy(letter, subject[:LONGEST_SUBJECT], words, wording.version)


def keep_copy(
    tx: Transaction, copy: Copy | None, now: datetime, *, is_mailed: bool, is_collected: bool = False
) -> None:
    """Put a copy into the inbox. One that stands there unread of its words gets them; it is never there twice."""
    if copy is None:
        return
    letter, topic = copy.letter, ACTS[copy.letter.act].topic
    assert topic is not None
    row = {
        "person_id": letter.person_id,
        "act": letter.act,
        "step": letter.step,
        "occurrence": letter.occurrence,
        "topic": topic.value,
        "language": letter.language,
        "data": letter.data,
        "text_version": copy.text_version,
        "subject": copy.subject,
        "words": copy.words,
        "at": now,
        "mailed_at": now if is_mailed else None,
        "is_collected": is_collected,
    }
    add = (sqlite_insert if is_sqlite(tx) else postgresql_insert)(INBOX).values(row)
    changed = {name: add.excluded[name] for name in ("subject", "words", "text_version", "mailed_at", "is_collected")}
    tx.execute(add.on_conflict_do_update(index_elements=ONCE, set_=changed, where=INBOX.c.mailed_at.is_(None)))
