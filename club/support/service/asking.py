"""What members do: ask, go on, say that it helped."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from club.accounts.attempts import Try, count_tries
from club.care.rules import checked_line, checked_text
from club.database import Transaction, transaction
from club.errors import NotFound, RatedAlready, SolvedAlready
from club.events.models import ANSWERS
from club.members.models import the_person
from club.orders.models import Order
from club.points.models import Movement
from club.programme.models import the_club
from club.support.models import SupportCase
from club.support.rules import (
    LONGEST_SUBJECT,
    LONGEST_WORDS,
    CallBack,
    Kind,
    Rating,
    State,
    Topic,
    hours_of,
    promised_by,
)
from club.support.service.files import Sent, attach, kept
from club.support.service.steps import Held, case_with_key, change, hold, new_number, note, tell, write


@dataclass(frozen=True)
class Question:
    """What a member wants to know, and what it is about."""

    topic: Topic
    thing_id: int | None
    words: str
    call_back: CallBack = CallBack.NO
    files: tuple[Sent, ...] = ()
    form_key: bytes | None = None


@dataclass(frozen=True)
class Asked:
    """The case that was made, or that this form made before."""

    case_id: int
    number: str
    answer_by: datetime | None


def ask(db: Session, uploads: Path, person_id: int, question: Question, now: datetime) -> Asked:
    """A member asks; they are told by when the answer comes.

    Raises `NotFound` for a thing that is not theirs, `NothingWritten`, `TextTooLong` and `TooManyTries`.
    """
    words = checked_text(question.words, LONGEST_WORDS)
    with kept(uploads, question.files), transaction(db) as tx:
        before = _came_before(tx, question.form_key)
        if before is None:
            count_tries(tx, [Try("support.member", str(person_id))], now)
            before = _came_before(tx, question.form_key)  # the same form may have held the lock of the tries until now
        if before is not None:
            return _asked(tx, before)
        _check_thing(tx, person_id, question.topic, question.thing_id)
        language = the_person(tx, person_id).language
        first_line = next(line for line in words.splitlines() if line.strip())
        held = open_case(
            tx,
            now,
            person_id=person_id,
            language=language,
            subject=checked_line(first_line[:LONGEST_SUBJECT], LONGEST_SUBJECT),
            topic=question.topic.value,
            thing_id=question.thing_id,
            call_back=question.call_back.value,
        )
        entry_id = write(tx, held.id, Kind.CUSTOMER, words, now, form_key=question.form_key)
        attach(tx, entry_id, question.files, now)
        confirm(tx, held, now)
        return Asked(held.id, held.number, held.answer_by)


def open_case(tx: Transaction, now: datetime, **values: object) -> Held:
    """A new case that nobody has yet, with its promise, and the mail that says so."""
    promise = promised_by(now, hours_of(the_club(tx)))
    row = {
        "number": new_number(tx),
        "sender": "",
        "topic": Topic.OTHER.value,
        "thing_id": None,
        "call_back": CallBack.NO.value,
        "rating": "",
        "person_id": None,
        **values,
        "state": State.OPEN.value,
        "opened_at": now,
        "promised_by": promise,
        "answer_by": promise,
        "waits_since": now,
    }
    held = hold(tx, tx.execute(insert(SupportCase).values(row).returning(SupportCase.id)).scalar_one())
    note(tx, held, "support.asked", None, now)
    return held


def go_on(
    db: Session, uploads: Path, person_id: int, number: str, words: str, now: datetime, *,
    files: Sequence[Sent] = (), form_key: bytes | None = None,
) -> Asked:  # fmt: skip
    """A member writes more; what was solved is open again. Raises `NotFound` for a case of somebody else."""
    said = checked_text(words, LONGEST_WORDS)
    with kept(uploads, files), transaction(db) as tx:
        held = _own(tx, person_id, number)
        if form_key is not None and case_with_key(tx, form_key) is not None:
            return Asked(held.id, held.number, held.answer_by)
        count_tries(tx, [Try("support.member", str(person_id))], now)
        entry_id = hear(tx, held, said, now, form_key=form_key)
        attach(tx, entry_id, files, now)
        return _asked(tx, held.id)


def hear(
    tx: Transaction, held: Held, words: str, now: datetime, *, form_key: bytes | None = None,
    mail_id: str | None = None, left_out: str = "",
) -> int:  # fmt: skip
    """The customer wrote: the club owes an answer, by the promise that stands or a new one."""
    entry_id = write(tx, held.id, Kind.CUSTOMER, words, now, form_key=form_key, mail_id=mail_id, left_out=left_out)
    _open(tx, held, now)
    return entry_id


def reopen(db: Session, person_id: int, number: str, now: datetime) -> Asked:
    """It is not solved after all. Raises `NotFound`, and `SolvedAlready` for a case that is not."""
    with transaction(db) as tx:
        held = _own(tx, person_id, number)
        if held.state is not State.SOLVED:
            raise SolvedAlready
        _open(tx, held, now)
        return _asked(tx, held.id)


def rate(db: Session, person_id: int, number: str, rating: Rating, now: datetime) -> None:
    """Say once whether it helped. Raises `NotFound`, and `RatedAlready` when it is said or not yet asked."""
    with transaction(db) as tx:
        held = _own(tx, person_id, number)
        if held.state is not State.SOLVED or held.rating:
            raise RatedAlready
        change(tx, held.id, rating=rating.value)
        note(tx, held, "support.rated", None, now)


def confirm(tx: Transaction, held: Held, now: datetime) -> None:
    """Tell whoever asked by when the answer comes, by the club's clock."""
    assert held.answer_by is not None
    local = held.answer_by.astimezone(ZoneInfo(the_club(tx).time_zone))
    tell(tx, held, "support.received", "asked", now, by=f"{local:%Y-%m-%dT%H:%M}")


def _open(tx: Transaction, held: Held, now: datetime) -> None:
    values: dict[str, object] = {"version": held.version + 1}
    if held.state is not State.OPEN:
        promise = promised_by(now, hours_of(the_club(tx)))
        values |= {"state": State.OPEN.value, "answer_by": promise, "waits_since": now}
    if held.state is State.SOLVED:
        values |= {"solved_at": None, "reopened": held.reopened + 1}
        note(tx, held, "support.reopened", None, now)
    change(tx, held.id, **values)


def _came_before(tx: Transaction, form_key: bytes | None) -> int | None:
    return None if form_key is None else case_with_key(tx, form_key)


def _asked(tx: Transaction, case_id: int) -> Asked:
    row = tx.execute(
        select(SupportCase.id, SupportCase.number, SupportCase.answer_by).where(SupportCase.id == case_id)
    ).one()
    return Asked(*row)


def _own(tx: Transaction, person_id: int, number: str) -> Held:
    whose = (SupportCase.number == number, SupportCase.person_id == person_id)
    case_id = tx.scalar(select(SupportCase.id).where(*whose))
    if case_id is None:
        raise NotFound
    return hold(tx, case_id)


def _check_thing(tx: Transaction, person_id: int, topic: Topic, thing_id: int | None) -> None:
    """Raise `NotFound` for an order, movement or event of somebody else."""
    if thing_id is None:
        return
    owned = {
        Topic.ORDER: select(Order.id).where(Order.id == thing_id, Order.person_id == person_id),
        Topic.POINTS: select(Movement.id).where(Movement.id == thing_id, Movement.member_id == person_id),
        Topic.EVENT: select(ANSWERS.c.id).where(ANSWERS.c.event_id == thing_id, ANSWERS.c.person_id == person_id),
    }
    if topic not in owned or tx.execute(owned[topic].limit(1)).first() is None:
        raise NotFound
