"""Answers by mail find their conversation; what cannot be told to belong to one becomes a question of its own."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
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
from club.support.service.steps import hold, write

ACTS = ("support.received", "support.answer", "support.solved", "support.letter")


@dataclass(frozen=True)
class _Ours:
    """The mail of ours that was answered."""

    act: str
    person_id: int | None
    addressee: str
    occurrence: str
    recipient: str
    language: str


def take_in(db: Session, raw: bytes, now: datetime) -> Heard:
    """Take in one mail, report or letter. Twice is the same as once; what answers none of our mails changes nothing."""
    heard = hear_report(db, raw, now)
    letter = read_letter(raw) if heard is Heard.NO_REPORT else None
    if letter is None:
        return heard
    with transaction(db) as tx:
        ours = _answered(tx, letter)
        if ours is None:
            return Heard.NO_REPORT
        if tx.scalar(select(SupportEntry.id).where(SupportEntry.mail_id == letter.message_id)) is not None:
            return Heard.LETTER
        try:
            count_tries(tx, [Try("support.sender", email_key(letter.sender)), everybody("support.mail")], now)
        except TooManyTries:
            return Heard.NO_REPORT
        _thread(tx, letter, ours, now)
        return Heard.LETTER


def _answered(tx: Transaction, letter: Letter) -> _Ours | None:
    columns = (
        Message.act, Message.person_id, Message.addressee, Message.occurrence, Message.recipient, Message.language,
    )  # fmt: skip
    rows = tx.execute(
        select(Message.message_id, *columns).where(Message.message_id.in_(letter.answers), Message.sent_at.is_not(None))
    )
    found = {row[0]: _Ours(*row[1:]) for row in rows}
    return next((found[one] for one in letter.answers if one in found), None)


def _thread(tx: Transaction, letter: Letter, ours: _Ours, now: datetime) -> None:
    words = letter.words or "—"
    is_theirs = _is_sent_by_its_reader(tx, letter, ours)
    case_id = _case_of(tx, ours) if is_theirs else None
    if case_id is not None:
        hear(tx, hold(tx, case_id), words, now, mail_id=letter.message_id)
        return
    person_id = ours.person_id if is_theirs else None
    held = open_case(
        tx,
        now,
        person_id=person_id,
        sender="" if person_id is not None else letter.sender,
        subject=letter.subject,
        language=ours.language if is_theirs else the_club(tx).main_language,
    )
    write(tx, held.id, Kind.CUSTOMER, words, now, mail_id=letter.message_id)


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
