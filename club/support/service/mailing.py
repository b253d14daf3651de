"""Answers by mail find their conversation; what cannot be told to belong to one becomes a question of its own."""

import logging
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from club.accounts.attempts import Try, count_tries, everybody
from club.database import Transaction, transaction
from club.errors import NotFound, TooManyTries
from club.members.models import the_person
from club.members.rules import email_key
from club.messages.bounces import Heard
from club.messages.bounces import hear as hear_report
from club.messages.models import Message
from club.programme.models import the_club
from club.support.letters import Letter, read_letter
from club.support.models import SupportCase, SupportEntry
from club.support.rules import Kind
from club.support.service.asking import hear, open_case
from club.support.service.files import Sent, attach, kept, read_enclosed
from club.support.service.steps import hold, write

log = logging.getLogger(__name__)

ACTS = ("support.received", "support.answer", "support.solved", "support.letter")


@dataclass(frozen=True)
class _Ours:
    """The mail of ours that was answered."""

    message_id: str
    act: str
    person_id: int | None
    addressee: str
    occurrence: str
    recipient: str
    language: str


def take_in(db: Session, uploads: Path, raw: bytes, now: datetime) -> Heard:
    """Take in one mail, report or letter. Twice is the same as once; what answers none of our mails changes nothing.

    `Heard.LATER`: one of our mails was answered too often this hour; the mail has to be given again.
    """
    heard = hear_report(db, raw, now)
    letter = read_letter(raw) if heard is Heard.NO_REPORT else None
    if letter is None:
        return heard
    ours, is_known = _answered(db, letter), _is_known(db, letter)
    db.rollback()
    if ours is None:
        return Heard.NO_REPORT
    if is_known:
        return Heard.LETTER
    if not _is_admitted(db, ours, now):
        return Heard.LATER
    sent, left_out = read_enclosed(letter.files)
    try:
        with kept(uploads, sent), transaction(db) as tx:
            _thread(tx, letter, ours, sent, left_out, now)
    except IntegrityError as clash:  # the same mail came by two ways at once
        if "mail_id" not in str(clash.orig):
            raise
    return Heard.LETTER


def _is_admitted(db: Session, ours: _Ours, now: datetime) -> bool:
    """Whether it may be taken in now: counted by what is answered, for anybody can write any sender into a mail."""
    try:
        with transaction(db) as tx:
            count_tries(tx, [Try("support.answered", ours.message_id), everybody("support.mail")], now)
    except TooManyTries:
        log.warning("answers to mail %s of ours come too often; what is over the limit waits", ours.message_id)
        return False
    return True


def _is_known(db: Session, letter: Letter) -> bool:
    return db.scalar(select(SupportEntry.id).where(SupportEntry.mail_id == letter.message_id)) is not None


def _answered(db: Session, letter: Letter) -> _Ours | None:
    columns = (
        Message.act, Message.person_id, Message.addressee, Message.occurrence, Message.recipient, Message.language,
    )  # fmt: skip
    rows = db.execute(
        select(Message.message_id, *columns).where(Message.message_id.in_(letter.answers), Message.sent_at.is_not(None))
    )
    found = {row[0]: _Ours(*row) for row in rows}
    return next((found[one] for one in letter.answers if one in found), None)


def _thread(tx: Transaction, letter: Letter, ours: _Ours, sent: tuple[Sent, ...], left_out: str, now: datetime) -> None:
    words = letter.words or "—"
    is_theirs = _is_sent_by_its_reader(tx, letter, ours)
    case_id = _case_of(tx, ours) if is_theirs else None
    if case_id is not None:
        entry_id = hear(tx, hold(tx, case_id), words, now, mail_id=letter.message_id, left_out=left_out)
    else:
        person_id = ours.person_id if is_theirs else None
        held = open_case(
            tx,
            now,
            person_id=person_id,
            sender="" if person_id is not None else letter.sender,
            subject=letter.subject,
            language=ours.language if is_theirs else the_club(tx).main_language,
        )
        entry_id = write(tx, held.id, Kind.CUSTOMER, words, now, mail_id=letter.message_id, left_out=left_out)
    attach(tx, entry_id, sent, now)


def _is_sent_by_its_reader(tx: Transaction, letter: Letter, ours: _Ours) -> bool:
    """Whether the sender's address is the one that our mail went to, and still the one of that person."""
    if email_key(letter.sender) != email_key(ours.recipient):
        return False
    if ours.person_id is None:
        return True
    try:
        return email_key(the_person(tx, ours.person_id).email or "") == email_key(letter.sender)
    except NotFound:
        return False


def _case_of(tx: Transaction, ours: _Ours) -> int | None:
    """The conversation that a mail of ours was about, if the same human is still in it."""
    if ours.act not in ACTS:
        return None
    kept = ours.occurrence.split(":")[1]
    case = tx.execute(
        select(SupportCase.id, SupportCase.person_id, SupportCase.is_forgotten).where(SupportCase.id == int(kept))
    ).one_or_none()
    if case is None or case.is_forgotten or case.person_id != ours.person_id:
        return None
    return int(case.id)
