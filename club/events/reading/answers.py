"""Answers to an event as staff and the door read them: who comes, with whom, who waits, who is silent, who is in."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session

from club.accounts.models import Account, Staff
from club.audit import record
from club.database import transaction
from club.events.models import ANSWERS, INVITATIONS, WORDS
from club.events.rules import HOLDING, Answer
from club.members.models import Person, PersonWord
from club.members.rules import pieces
from club.permissions import Permission, Role, require

AT_ONCE = 1_000
SHORTEST_WORD = 3
SILENT = "silent"


@dataclass(frozen=True)
class Counts:
    """How many people answered what; `guests` come along with those who come or came."""

    invited: int = 0
    going: int = 0
    guests: int = 0
    not_going: int = 0
    silent: int = 0
    waitlist: int = 0
    offered: int = 0
    attended: int = 0
    absent: int = 0


@dataclass(frozen=True)
class AnswerLine:
    """Somebody and what they answered; `answer_id` None: they were invited and are silent. `place`: in line, from 1."""

    answer_id: int | None
    person_id: int
    full_name: str
    call_name: str
    member_number: str | None
    rung_key: str | None
    state: Answer | None
    seats: int
    guests: tuple[str, ...]
    diet: str
    access: str
    note: str
    place: int | None
    offered_until: datetime | None
    answered_at: datetime | None
    answered_by_name: str | None
    in_at: datetime | None
    guests_in: int
    birth_month: int | None
    birth_day: int | None
    code: str
    has_email: bool = True


class Inside(NamedTuple):
    """Who is in, of how many who have a place, guests included."""

    people: int
    guests: int
    expected: int


def answer_counts(db: Session, event_id: int) -> Counts:
    """How an event stands: two questions."""
    rows = db.execute(
        select(ANSWERS.c.state, func.count().label("people"), func.sum(ANSWERS.c.seats - 1).label("guests"))
        .where(ANSWERS.c.event_id == event_id).group_by(ANSWERS.c.state)
    ).all()  # fmt: skip
    asked = db.execute(
        select(func.count().label("invited"), _summed(_is_silent()).label("silent"))
        .select_from(INVITATIONS).where(INVITATIONS.c.event_id == event_id)
    ).one()  # fmt: skip
    people: dict[str, int] = {row.state: row.people for row in rows}
    come = (Answer.GOING.value, Answer.ATTENDED.value)
    guests = sum(int(row.guests) for row in rows if row.state in come)
    return Counts(invited=asked.invited, silent=int(asked.silent), guests=guests, **people)


def answers_in(
    db: Session, event_id: int, show: Answer | str | None = None, *, q: str = "", limit: int, offset: int = 0
) -> list[AnswerLine]:
    """A page of answers by name, the line in its order; `silent`: who was invited and has not answered."""
    rows = db.execute(_answers(event_id, show, q).limit(limit).offset(offset)).all()
    return [_line(row) for row in rows]


def count_answers(db: Session, event_id: int, show: Answer | str | None = None, q: str = "") -> int:
    """How many the filters leave."""
    return db.scalar(select(func.count()).select_from(_answers(event_id, show, q).order_by(None).subquery())) or 0


def export_answers(db: Session, event_id: int, *, by: int, role: Role | None, now: datetime) -> Iterator[AnswerLine]:
    """All answers of an event, read as they are written out; the log says who took how many. Raises `NotAllowed`."""
    require(role, Permission.EXPORT_DATA)
    with transaction(db) as tx:
        rows = tx.scalar(select(func.count()).where(ANSWERS.c.event_id == event_id)) or 0
        record(tx, "event.answers_exported", "event", event_id, by=by, now=now, rows=rows)
    return _exported(db, event_id)


def find_guests(db: Session, event_id: int, words: str, limit: int = 10) -> list[AnswerLine]:
    """Who has a place or was in, by three letters of a name or more: for the door."""
    typed = pieces(words)
    if max(map(len, typed), default=0) < SHORTEST_WORD:
        return []
    at_door = ANSWERS.c.state.in_([answer.value for answer in HOLDING])
    rows = db.execute(_answers(event_id, None, " ".join(typed)).where(at_door).limit(limit)).all()
    return [_line(row) for row in rows]


def at_the_door(db: Session, event_id: int) -> Inside:
    """In 42 of 60, guests counted by themselves: one question."""
    is_in = ANSWERS.c.state == Answer.ATTENDED.value
    row = db.execute(
        select(
            func.coalesce(func.sum(case((is_in, 1), else_=0)), 0),
            func.coalesce(func.sum(ANSWERS.c.guests_in), 0),
            func.coalesce(func.sum(ANSWERS.c.seats), 0),
        ).where(
            ANSWERS.c.event_id == event_id,
            ANSWERS.c.state.in_([Answer.GOING.value, Answer.ATTENDED.value, Answer.ABSENT.value]),
        )
    ).one()
    return Inside(*map(int, row))


def _summed(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _is_silent() -> ColumnElement[bool]:
    own = (ANSWERS.c.event_id == INVITATIONS.c.event_id, ANSWERS.c.person_id == INVITATIONS.c.person_id)
    return ~exists().where(*own)


def _answers(event_id: int, show: Answer | str | None, q: str) -> Select[*tuple[Any, ...]]:
    if show == SILENT:
        source = _silent(event_id)
    else:
        source = _answered(event_id).where(*([] if show is None else [ANSWERS.c.state == str(show)]))
    for word in pieces(q):
        begins = (PersonWord.word >= word, PersonWord.word < f"{word}\U0010ffff")
        source = source.where(exists().where(PersonWord.person_id == Person.id, *begins))
    if show == Answer.WAITLIST:
        return source.order_by(ANSWERS.c.waits_since, ANSWERS.c.id)
    return source.order_by(Person.search_text, Person.id)


def _answered(event_id: int) -> Select[*tuple[Any, ...]]:
    other = ANSWERS.alias()
    ahead = or_(
        other.c.waits_since < ANSWERS.c.waits_since,
        and_(other.c.waits_since == ANSWERS.c.waits_since, other.c.id <= ANSWERS.c.id),
    )
    place = (
        select(func.count()).select_from(other)
        .where(other.c.event_id == event_id, other.c.state == Answer.WAITLIST.value, ahead).scalar_subquery()
    )  # fmt: skip
    return (
        select(
            ANSWERS.c.id.label("answer_id"), Person.id.label("person_id"), Person.full_name, Person.call_name,
            Person.member_number, ANSWERS.c.rung_key, ANSWERS.c.state, ANSWERS.c.seats, WORDS.c.guests, WORDS.c.diet,
            WORDS.c.access, WORDS.c.note, case((ANSWERS.c.state == Answer.WAITLIST.value, place)).label("place"),
            ANSWERS.c.offered_until, ANSWERS.c.answered_at,
            func.coalesce(Staff.name, Account.email).label("answered_by_name"), ANSWERS.c.in_at, ANSWERS.c.guests_in,
            Person.birth_month, Person.birth_day, ANSWERS.c.code, Person.email.is_not(None).label("has_email"),
        )
        .join_from(ANSWERS, Person, Person.id == ANSWERS.c.person_id)
        .outerjoin(WORDS, WORDS.c.answer_id == ANSWERS.c.id)
        .outerjoin(Account, Account.id == ANSWERS.c.answered_by)
        .outerjoin(Staff, Staff.account_id == ANSWERS.c.answered_by)
        .where(ANSWERS.c.event_id == event_id)
    )  # fmt: skip


def _silent(event_id: int) -> Select[*tuple[Any, ...]]:
    return (
        select(Person.id.label("person_id"), Person.full_name, Person.call_name, Person.member_number)
        .join_from(INVITATIONS, Person, Person.id == INVITATIONS.c.person_id)
        .where(INVITATIONS.c.event_id == event_id, _is_silent(), Person.merged_into.is_(None))
    )


def _line(row: Any) -> AnswerLine:
    if "answer_id" not in row._mapping:
        return AnswerLine(
            None, row.person_id, row.full_name, row.call_name, row.member_number, None, None, 0, (), "", "", "", None,
            None, None, None, None, 0, None, None, "",
        )  # fmt: skip
    values = dict(row._mapping)
    told = {name: values[name] or "" for name in ("diet", "access", "note")}
    return AnswerLine(**{**values, **told, "state": Answer(row.state), "guests": tuple(row.guests or ())})


def _exported(db: Session, event_id: int) -> Iterator[AnswerLine]:
    try:
        for row in db.execute(_answers(event_id, None, "").execution_options(yield_per=AT_ONCE)):
            yield _line(row)
    finally:
        db.rollback()  # the page is over by then: nobody else gives the connection back
