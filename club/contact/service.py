"""The gate that every contact but service passes, whatever its channel, and the steps that leave a row of it."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from club.clock import club_day
from club.contact.choices import Often, chosen_by
from club.contact.models import CONTACTS, said_by, waits
from club.contact.rules import COLLECTED, Blocked, Channel, InboxOnly, Purpose, Said, Topic, Wait, blocked, refuses
from club.database import Transaction, is_sqlite
from club.members.models import Person
from club.programme.models import the_club


def hold_at_once(tx: Transaction, person_id: int) -> bool:
    """Hold a person until the transaction ends, so that contacts are counted one after the other.

    False where somebody else holds the person: whoever sends has a row of their own in hand and must not wait.
    """
    own = select(Person.id).where(Person.id == person_id).with_for_update(skip_locked=True, key_share=True)
    return tx.scalar(own) is not None


def pass_gate(
    tx: Transaction,
    person_id: int,
    purpose: Purpose,
    channel: Channel,
    *,
    topic: Topic | None = None,
    collects: bool = False,
    way: str,
    cause: str,
    now: datetime,
) -> Blocked | InboxOnly | Wait | None:
    """Let one contact through and count it; else why not, or until when it waits.

    `topic`: what it is about, where that can be refused. `collects`: it is the one mail of a week or month itself.

    The person is held. A contact that comes again under its cause counts once, at its last moment.
    """
    take_back(tx, cause)
    said = said_by(tx, person_id)
    why = blocked(purpose, channel, has_address=True, said=said)
    if why is not None:
        return why
    instead = _inbox_only(tx, person_id, topic, said, now, collects) if topic is not None else None
    if instead is not None:
        return instead
    wait = waits(tx, person_id, now)
    if wait is None:
        note_contact(tx, person_id, way=way, cause=cause, now=now)
    return wait


def inbox_only(
    tx: Transaction, person_id: int, topic: Topic, now: datetime, *, collects: bool = False
) -> InboxOnly | None:
    """Why a message about a topic that can be refused goes to the inbox alone; None: it may go out as a mail too."""
    return _inbox_only(tx, person_id, topic, said_by(tx, person_id), now, collects)


def _inbox_only(
    tx: Transaction, person_id: int, topic: Topic, said: tuple[Said, ...], now: datetime, collects: bool
) -> InboxOnly | None:
    if refuses(topic, said):
        return InboxOnly.REFUSED
    chosen = chosen_by(tx, person_id)
    if chosen.is_paused(club_day(now, the_club(tx).time_zone)):
        return InboxOnly.PAUSED
    waits_for_its_mail = topic in COLLECTED and chosen.often is not Often.EACH and not collects
    return InboxOnly.COLLECTED if waits_for_its_mail else None


def note_contact(tx: Transaction, person_id: int, *, way: str, cause: str, now: datetime) -> None:
    """The club turned to a person, whether it was let or not: it counts. Under one cause once."""
    insert = sqlite_insert if is_sqlite(tx) else postgresql_insert
    row = {"person_id": person_id, "way": way, "at": now, "cause": cause}
    tx.execute(insert(CONTACTS).values(row).on_conflict_do_nothing(index_elements=["cause"]))


def take_back(tx: Transaction, cause: str) -> None:
    """It did not come to pass."""
    tx.execute(delete(CONTACTS).where(CONTACTS.c.cause == cause))
