"""The preferences card, and how and when somebody wants to be reached."""

from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from club.care.models.tables import PREFERENCES, WISHES
from club.care.rules import LONGEST_TIMES, NewPreference, checked_line
from club.care.service.writing import hold_person, note, today_of, write_once
from club.contact.models import said_by
from club.contact.rules import ANY, CONTACT, Channel, objects
from club.database import Transaction, transaction
from club.errors import DateInFuture, NotFound, TextTooLong
from club.members.models import the_person
from club.members.service import record_consent
from club.permissions import Permission, Role, require


def add_preference(db: Session, person_id: int, new: NewPreference, by: int, role: Role | None, now: datetime) -> int:
    """One more line on the card; its id. Raises `NothingWritten`, `TextTooLong`, `DateInFuture`, `UnknownMember`."""
    require(role, Permission.KEEP_CUSTOMERS)
    with transaction(db) as tx:
        hold_person(tx, person_id)
        if new.noted_on > today_of(tx, now):
            raise DateInFuture
        return write_preference(tx, person_id, new, by, now, is_own=False)


def write_preference(
    tx: Transaction, person_id: int, new: NewPreference, by: int, now: datetime, *, is_own: bool
) -> int:
    """Write one line unless one with its cause is there; its id. Raises `NothingWritten` and `TextTooLong`."""
    values = {
        "person_id": person_id, "kind": new.kind.value, "what": checked_line(new.what), "source": new.source.value,
        "effect": checked_line(new.effect) if new.effect.strip() else "", "noted_on": new.noted_on, "made_at": now,
        "by": by, "is_own": is_own, "ended_at": None, "ended_by": None, "cause": new.cause,
    }  # fmt: skip
    preference_id, is_new = write_once(tx, PREFERENCES, values)
    if is_new:
        note(tx, "care.preference_added", person_id, by=by, now=now, preference=preference_id)
    return preference_id


def end_preference(db: Session, preference_id: int, is_over: bool, by: int, role: Role | None, now: datetime) -> int:
    """A line that is no longer true, or is after all; the person's id. The row stays. Raises `NotFound`."""
    require(role, Permission.KEEP_CUSTOMERS)
    with transaction(db) as tx:
        columns = PREFERENCES.c
        row = tx.execute(
            select(columns.person_id, columns.ended_at).where(columns.id == preference_id).with_for_update()
        ).one_or_none()
        if row is None:
            raise NotFound
        person_id: int = row.person_id
        if (row.ended_at is not None) != is_over:
            mark_over(tx, person_id, preference_id, is_over, by, now)
        return person_id


def mark_over(tx: Transaction, person_id: int, preference_id: int, is_over: bool, by: int, now: datetime) -> None:
    """End a line, or let it hold again."""
    ended = {"ended_at": now, "ended_by": by} if is_over else {"ended_at": None, "ended_by": None}
    tx.execute(update(PREFERENCES).where(PREFERENCES.c.id == preference_id).values(ended))
    act = "care.preference_ended" if is_over else "care.preference_restored"
    note(tx, act, person_id, by=by, now=now, preference=preference_id)


def set_objection(db: Session, person_id: int, is_objecting: bool, by: int, role: Role | None, now: datetime) -> None:
    """They asked not to be contacted but for service, or may be contacted again. Kept among the consents, for ever."""
    require(role, Permission.KEEP_CUSTOMERS)
    with transaction(db) as tx:
        hold_person(tx, person_id)
        if objects(said_by(tx, person_id)) == is_objecting:
            return
        language = the_person(tx, person_id).language
        record_consent(
            tx, person_id, purpose=CONTACT, channel=ANY, is_given=not is_objecting, text_version="said",
            language=language, source="staff", now=now,
        )  # fmt: skip
        note(tx, "care.objection_set", person_id, by=by, now=now, objects=is_objecting)


def set_wish(
    db: Session, person_id: int, channel: Channel | None, times: str, by: int, role: Role | None, now: datetime
) -> None:
    """The preferred way and time; neither: none is known. Raises `TextTooLong` and `UnknownMember`."""
    require(role, Permission.KEEP_CUSTOMERS)
    tidy = " ".join(times.split())
    if len(tidy) > LONGEST_TIMES:
        raise TextTooLong(LONGEST_TIMES)
    with transaction(db) as tx:
        hold_person(tx, person_id)
        columns = WISHES.c
        before = tx.execute(select(columns.channel, columns.times).where(columns.person_id == person_id)).one_or_none()
        after = (channel and channel.value, tidy)
        if (before is None and after == (None, "")) or (before is not None and tuple(before) == after):
            return
        tx.execute(delete(WISHES).where(columns.person_id == person_id))
        if after != (None, ""):
            values = {"person_id": person_id, "channel": after[0], "times": tidy, "set_at": now, "by": by}
            tx.execute(insert(WISHES).values(values))
        said: dict[str, object] = {"wish": [None if before is None else list(before), list(after)]}
        note(tx, "care.wish_set", person_id, by=by, now=now, words=said)
