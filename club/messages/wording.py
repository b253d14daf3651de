"""The club's own words for its mails: versions that are kept, checked before they are saved, undone with one step.

A mail goes out in the words of the moment in which it is sent; the message keeps which version that was.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from club.accounts.models import Staff
from club.audit import record
from club.database import transaction
from club.errors import NotFound, TextChanged
from club.messages.acts import TEST, WRITTEN
from club.messages.models import SHIPPED, Letter, MessageText, Wording
from club.messages.parts import Part, parts_of
from club.messages.rules import checked_words, editable
from club.messages.words import translations
from club.permissions import Permission, Role, require
from club.texts import LANGUAGES

VERSIONS_SHOWN = 20


@dataclass(frozen=True)
class Version:
    """One state of the words of an act in a language."""

    act: str
    language: str
    version: int
    created_at: datetime
    by: str | None
    """The name of whoever saved it."""
    is_own: bool
    """Whether it says the club's words; else the shipped ones."""


_VERSION = (
    MessageText.act,
    MessageText.language,
    MessageText.version,
    MessageText.created_at,
    Staff.name,
    MessageText.words,
)
_TEXTS = MessageText.__table__.c


def words_in_force(db: Session, act: str, language: str) -> Wording:
    """What a mail of this act says now; a language without own words says the shipped ones of that language."""
    statement = (
        select(_TEXTS.version, _TEXTS.words)
        .where(_TEXTS.act == act, _TEXTS.language == language)
        .order_by(_TEXTS.version.desc())
        .limit(1)
    )
    row = db.execute(statement).one_or_none()
    return SHIPPED if row is None else Wording(row.version if row.words else 0, row.words)


def words_of(db: Session, letter: Letter) -> Wording:
    """The words that a message was sent in; those in force for one that was not sent."""
    if letter.act == TEST or letter.text_version == 0:
        return SHIPPED
    if letter.text_version is None:
        return words_in_force(db, letter.act, letter.language)
    found = words_of_version(db, letter.act, letter.language, letter.text_version)
    return SHIPPED if found is None else Wording(letter.text_version, found)


def words_of_version(db: Session, act: str, language: str, version: int) -> dict[str, str] | None:
    """What a version said; empty for the shipped words, None where there is no such version."""
    wanted = (MessageText.act == act, MessageText.language == language, MessageText.version == version)
    return db.scalar(select(MessageText.words).where(*wanted))


def newest_version(db: Session, act: str, language: str) -> int:
    """The number of the newest version; 0: the words were never changed."""
    newest = select(func.max(_TEXTS.version)).where(_TEXTS.act == act, _TEXTS.language == language)
    return db.scalar(newest) or 0


def versions_of(db: Session, act: str, language: str) -> list[Version]:
    """The newest versions first."""
    statement = (
        select(*_VERSION)
        .outerjoin(Staff, Staff.account_id == MessageText.by)
        .where(MessageText.act == act, MessageText.language == language)
        .order_by(MessageText.version.desc())
        .limit(VERSIONS_SHOWN)
    )
    return [_version(*row) for row in db.execute(statement)]


def latest_versions(db: Session) -> dict[tuple[str, str], Version]:
    """The newest version of every act and language that has any."""
    newest = (
        select(MessageText.act, MessageText.language, func.max(MessageText.version).label("version"))
        .group_by(MessageText.act, MessageText.language)
        .subquery()
    )
    same = (
        (newest.c.act == MessageText.act)
        & (newest.c.language == MessageText.language)
        & (newest.c.version == MessageText.version)
    )
    statement = select(*_VERSION).join(newest, same).outerjoin(Staff, Staff.account_id == MessageText.by)
    found = [_version(*row) for row in db.execute(statement)]
    return {(one.act, one.language): one for one in found}


def shipped_words(part: Part, language: str) -> str:
    """The shipped words of a part as they are shown for editing."""
    return editable(translations(language).gettext(part.shipped))


def check_part(part: Part, text: str, language: str) -> str | None:
    """The club's text for a part; None where it says nothing else than the shipped words.

    Raises `UnknownField`, `TextTooLong`, `NotOneLine`.
    """
    clean = checked_words(text, part.kind, part.fields)
    return None if clean in {"", shipped_words(part, language)} else clean


def save_words(
    db: Session,
    act: str,
    language: str,
    texts: Mapping[str, str],
    *,
    seen: int,
    by: int,
    role: Role | None,
    now: datetime,
) -> int:
    """Write a new version, if it says something new, and return its number. `texts`: shipped sentence → typed.

    `seen` is the version that the page showed: raises `TextChanged` when another one was saved since.
    """
    require(role, Permission.EDIT_MESSAGES)
    return _write(db, act, language, checked(act, language, texts), seen, by, now)


def checked(act: str, language: str, texts: Mapping[str, str]) -> dict[str, str]:
    """What of the typed texts are the club's own words. Raises `NotFound`, and what `check_part` raises."""
    _known(act, language)
    own = {part.shipped: check_part(part, texts.get(part.shipped, ""), language) for part in parts_of(act)}
    return {shipped: text for shipped, text in own.items() if text is not None}


def back_to_shipped(
    db: Session, act: str, language: str, *, seen: int, by: int, role: Role | None, now: datetime
) -> int:
    """From now on the shipped words again; the versions so far are kept."""
    require(role, Permission.EDIT_MESSAGES)
    _known(act, language)
    return _write(db, act, language, {}, seen, by, now)


def _write(db: Session, act: str, language: str, words: dict[str, str], seen: int, by: int, now: datetime) -> int:
    try:
        with transaction(db) as tx:
            if newest_version(tx, act, language) != seen:
                raise TextChanged
            if words_in_force(tx, act, language).words == words:
                return seen
            row = {"act": act, "language": language, "version": seen + 1, "words": words, "created_at": now, "by": by}
            tx.execute(insert(MessageText).values(row))
            what: dict[str, object] = {"act": act, "language": language}
            record(tx, "message_text.saved", "message_text", seen + 1, by=by, now=now, words=what, is_own=bool(words))
    except IntegrityError as two_at_once:
        raise TextChanged from two_at_once
    return seen + 1


def _known(act: str, language: str) -> None:
    if act not in WRITTEN or language not in LANGUAGES:
        raise NotFound


def _version(
    act: str, language: str, version: int, created_at: datetime, by: str | None, words: dict[str, str], /
) -> Version:
    return Version(act, language, version, created_at, by, bool(words))
