"""Invitations to many, and reminders: planned by staff, written by the worker in parts that may be broken off."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, case, exists, func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from club.audit import record
from club.clock import club_day
from club.contact.rules import Topic
from club.database import Transaction, UtcDateTime, is_sqlite, transaction
from club.errors import AnswersClosed, BadEvent, EventNotOpen, NobodyToInvite, NotFound, WaveIsWritten
from club.events.models import ANSWERS, INVITATIONS, WAVE_PEOPLE, WAVES, EventView, the_event
from club.events.reading.reach import people_for
from club.events.rules import Fault, State, WaveState, Who
from club.events.service.mailing import ANSWERING, about
from club.events.service.seats import held
from club.members.models import Person
from club.messages.inbox.telling import tell
from club.messages.many import queue_many, random_key
from club.messages.reach import may_be_mailed
from club.messages.testing import queue_test
from club.messages.wording import words_in_force
from club.permissions import Permission, Role, require
from club.programme.models import the_club

A_MINUTE = 600
"""So many mails of a wave fall due each minute, so that they never stand in the way of anybody's sign-in link."""
AT_ONCE = 1_000
CALLED_WITHIN = timedelta(days=2)
"""A wave that was written longer ago is not called after any more."""


@dataclass(frozen=True)
class KeptView:
    """A list of customers that staff keep under a name, as the statement that finds its people."""

    name: str
    people: Select[int]


def add_wave(
    db: Session,
    event_id: int,
    who: Who,
    send_at: datetime,
    by: int,
    role: Role,
    now: datetime,
    *,
    rung_key: str | None = None,
    person_ids: Iterable[int] = (),
    kept: KeptView | None = None,
) -> int:
    """Plan a sending and return its id; the worker writes it when it is due.

    People are picked one by one, or are whoever is in a `kept` view now.

    Raises `NotAllowed`, `EventNotOpen`, `AnswersClosed`, `BadEvent` without a tier where one is needed,
    `NobodyToInvite`.
    """
    require(role, Permission.MANAGE_EVENTS)
    picked = sorted(set(person_ids)) if who is Who.PICKED else []
    if (who is Who.RUNG) != bool(rung_key):
        raise BadEvent(Fault.RUNG.value)
    with transaction(db) as tx:
        view = the_event(tx, event_id)
        _check_open(view, max(send_at, now))
        values = {
            "event_id": event_id, "who": who.value, "rung_key": rung_key, "send_at": max(send_at, now),
            "state": WaveState.PLANNED.value, "last_person_id": 0, "invited": 0, "mailed": 0, "made_at": now,
            "made_by": by, "name": kept.name if kept else "",
        }  # fmt: skip
        wave_id = int(tx.execute(insert(WAVES).values(values).returning(WAVES.c.id)).scalar_one())
        for start in range(0, len(picked), AT_ONCE):
            part = Person.id.in_(picked[start : start + AT_ONCE])
            rows = select(literal(wave_id), Person.id).where(part, Person.merged_into.is_(None))
            tx.execute(insert(WAVE_PEOPLE).from_select(["wave_id", "person_id"], rows))
        if kept is not None:
            found = select(literal(wave_id), Person.id).where(Person.id.in_(kept.people), Person.merged_into.is_(None))
            tx.execute(insert(WAVE_PEOPLE).from_select(["wave_id", "person_id"], found))
        wave = _wave(tx, wave_id)
        day = club_day(now, the_club(tx).time_zone)
        if tx.scalar(_whom(tx, wave, day).limit(1)) is None:
            raise NobodyToInvite
        record(
            tx, "event.wave_added", "event", event_id, by=by, now=now, wave=wave_id, picked=len(picked), view=wave.name
        )
    return wave_id


def remind(db: Session, event_id: int, by: int, role: Role, now: datetime) -> int:
    """Write once more to those who were mailed and have not answered. Raises what `add_wave` raises."""
    return add_wave(db, event_id, Who.SILENT, now, by, role, now)


def cancel_wave(db: Session, wave_id: int, by: int, role: Role, now: datetime) -> None:
    """It is not sent after all. Raises `NotAllowed`, `NotFound`, `WaveIsWritten`."""
    require(role, Permission.MANAGE_EVENTS)
    with transaction(db) as tx:
        wave = _wave(tx, wave_id)
        if wave.state != WaveState.PLANNED.value or wave.last_person_id:
            raise WaveIsWritten
        tx.execute(update(WAVES).where(WAVES.c.id == wave_id).values(state=WaveState.CANCELLED.value))
        record(tx, "event.wave_cancelled", "event", wave.event_id, by=by, now=now, wave=wave_id)


def test_mail(db: Session, event_id: int, language: str, by: int, role: Role, now: datetime) -> str:
    """The invitation as it would be, to the colleague's own address, which is returned.

    Raises `NotAllowed`, `TooManyTries`, `NotFound`.
    """
    view = the_event(db, event_id)
    known = about(view, the_club(db).time_zone)
    words = words_in_force(db, "event.invitation", language).words
    return queue_test(
        db, "event.invitation", language, words, known, by=by, role=role, now=now, needs=Permission.MANAGE_EVENTS
    )


def write_waves(db: Session, now: datetime, is_stopping: Callable[[], bool] = lambda: False) -> int:
    """Write what is due, part by part; how many people were written to. Stopped or killed, the next call goes on."""
    due = (WAVES.c.state == WaveState.PLANNED.value, WAVES.c.send_at <= now)
    written = 0
    for wave_id in db.scalars(select(WAVES.c.id).where(*due).order_by(WAVES.c.send_at, WAVES.c.id)).all():
        while not is_stopping():
            with transaction(db) as tx:
                part = write_part(tx, wave_id, now)
            if part is None:
                break
            written += part
    return written


def uncalled_waves(db: Session, now: datetime) -> list[int]:
    """Waves of invitations that are written and whose guests without a mailbox nobody was asked to call yet."""
    asked = select(WAVES.c.id).where(
        WAVES.c.state == WaveState.WRITTEN.value, WAVES.c.written_at > now - CALLED_WITHIN,
        WAVES.c.called_at.is_(None), WAVES.c.who != Who.SILENT.value,
    )  # fmt: skip
    return list(db.scalars(asked.order_by(WAVES.c.id)))


def note_called(tx: Transaction, wave_id: int, now: datetime) -> int | None:
    """A step, once a wave: its event; None where it was done."""
    noted = update(WAVES).where(WAVES.c.id == wave_id, WAVES.c.called_at.is_(None)).values(called_at=now)
    event_id: int | None = tx.scalar(noted.returning(WAVES.c.event_id))
    return event_id


def write_part(tx: Transaction, wave_id: int, now: datetime) -> int | None:
    """The next people of a wave: who is written to; None: there is nothing left of it. The wave is held."""
    wave = _wave(tx, wave_id)
    if wave.state != WaveState.PLANNED.value:
        return None
    view = held(tx, wave.event_id)  # whoever calls it off waits for this part, or this part sees it
    if view.state is not State.PUBLISHED or now >= view.event.last_moment:
        tx.execute(update(WAVES).where(WAVES.c.id == wave_id).values(state=WaveState.CANCELLED.value))
        return None
    is_reminder = wave.who == Who.SILENT.value
    people = (_note_reminded if is_reminder else _write_invitations)(tx, wave, now)
    if not people:
        tx.execute(update(WAVES).where(WAVES.c.id == wave_id).values(state=WaveState.WRITTEN.value, written_at=now))
        return None
    last = max(people)
    reached = INVITATIONS.c.reminded_at == now if is_reminder else INVITATIONS.c.wave_id == wave_id
    mailed = _write_mails(tx, wave, view, reached, last, now)
    counts = {"last_person_id": last, "invited": WAVES.c.invited + len(people), "mailed": WAVES.c.mailed + mailed}
    tx.execute(update(WAVES).where(WAVES.c.id == wave_id).values(counts))
    return len(people)


def _write_invitations(tx: Transaction, wave: Row[Any], now: datetime) -> Sequence[int]:
    """One statement for the next people; who they are."""
    day = club_day(now, the_club(tx).time_zone)
    at = literal(now, UtcDateTime())
    mailed_at = case((may_be_mailed(Topic.EVENTS, day), at))
    columns = ["event_id", "person_id", "wave_id", "key", "invited_at", "mailed_at"]
    rows = _next_part(tx, wave, day).with_only_columns(
        literal(wave.event_id), Person.id, literal(wave.id), random_key(tx), at, mailed_at
    )
    make = sqlite_insert if is_sqlite(tx) else postgresql_insert
    statement = make(INVITATIONS).from_select(columns, rows, include_defaults=False)
    once = statement.on_conflict_do_nothing(index_elements=["event_id", "person_id"])
    return tx.scalars(once.returning(INVITATIONS.c.person_id)).all()


def _note_reminded(tx: Transaction, wave: Row[Any], now: datetime) -> Sequence[int]:
    """One statement for the next people; who they are."""
    whom = _next_part(tx, wave, club_day(now, the_club(tx).time_zone))
    own = (INVITATIONS.c.event_id == wave.event_id, INVITATIONS.c.person_id.in_(whom))
    return tx.scalars(update(INVITATIONS).where(*own).values(reminded_at=now).returning(INVITATIONS.c.person_id)).all()


def _next_part(tx: Transaction, wave: Row[Any], day: date) -> Select[int]:
    whom = _whom(tx, wave, day)
    (person_id,) = whom.selected_columns
    return whom.where(person_id > wave.last_person_id).order_by(person_id).limit(A_MINUTE)


def _write_mails(
    tx: Transaction, wave: Row[Any], view: EventView, reached: ColumnElement[bool], last: int, now: datetime
) -> int:
    """How many mails; who is invited and gets none, as they wish it or have no mailbox, reads it in the inbox."""
    readers = (
        select(
            Person.id.label("person_id"), Person.email, Person.language,
            func.coalesce(func.nullif(Person.call_name, ""), Person.full_name).label("name"),
            INVITATIONS.c.key.label("secret"),
        )
        .join_from(INVITATIONS, Person, Person.id == INVITATIONS.c.person_id)
        .where(
            INVITATIONS.c.event_id == wave.event_id, reached, INVITATIONS.c.person_id > wave.last_person_id,
            INVITATIONS.c.person_id <= last,
        )
    )  # fmt: skip
    due_at = max(wave.send_at, now) + timedelta(minutes=wave.mailed // A_MINUTE)
    zone = the_club(tx).time_zone
    data = {
        "path": ANSWERING,
        "minutes": max(1, int((view.event.last_moment - now).total_seconds()) // 60),
        "answer_by": club_day(view.event.last_moment, zone).isoformat(),
        **about(view, zone),
    }
    act = "event.reminder" if wave.who == Who.SILENT.value else "event.invitation"
    occurrence = f"event:{view.id}:wave:{wave.id}"
    inside = readers.where(INVITATIONS.c.mailed_at.is_(None), Person.account_id.is_not(None))
    tell(tx, act, inside, data, occurrence=occurrence, now=now)
    by_mail = readers.where(INVITATIONS.c.mailed_at.is_not(None))
    return queue_many(tx, act, by_mail, data, occurrence=occurrence, due_at=due_at, now=now)


def _whom(tx: Transaction, wave: Row[Any], day: date) -> Select[int]:
    """Whom a wave is for, as far as they were not written to: by the event's invitations where it reminds of them."""
    event_id, who = wave.event_id, Who(wave.who)
    has_answered = exists().where(ANSWERS.c.event_id == event_id, ANSWERS.c.person_id == Person.id)
    if who is Who.SILENT:
        was_mailed = (INVITATIONS.c.event_id == event_id, INVITATIONS.c.mailed_at.is_not(None))
        return (
            select(INVITATIONS.c.person_id)
            .join(Person, Person.id == INVITATIONS.c.person_id)
            .where(*was_mailed, ~has_answered, may_be_mailed(Topic.EVENTS, day), Person.merged_into.is_(None))
        )
    picked = select(WAVE_PEOPLE.c.person_id).where(WAVE_PEOPLE.c.wave_id == wave.id)
    invited = exists().where(INVITATIONS.c.event_id == event_id, INVITATIONS.c.person_id == Person.id)
    return select(Person.id).where(*people_for(tx, who, wave.rung_key, picked, day), ~has_answered, ~invited)


def _wave(tx: Transaction, wave_id: int) -> Row[Any]:
    row = tx.execute(select(WAVES).where(WAVES.c.id == wave_id).with_for_update()).one_or_none()
    if row is None:
        raise NotFound
    return row


def _check_open(view: EventView, at: datetime) -> None:
    if view.state is not State.PUBLISHED:
        raise EventNotOpen(view.state.value)
    if at >= view.event.last_moment:
        raise AnswersClosed
