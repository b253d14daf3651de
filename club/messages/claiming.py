"""The next message that is due, taken up by one sender with a lease."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, insert, literal, select, update
from sqlalchemy.orm import Session

from club.contact.choices import key_of
from club.contact.rules import InboxOnly
from club.database import Transaction, transaction
from club.messages.acts import ACTS
from club.messages.gate import held_back
from club.messages.models import Letter, Message, MessageEvent, is_due
from club.messages.rules import LEASE, Happened
from club.programme.models import find_club
from club.programme.rules import Club


@dataclass(frozen=True)
class Claimed:
    """A message that is ours until its lease ends."""

    letter: Letter
    club: Club
    key: str
    """Opens the reader's choices; empty for what cannot be refused."""
    instead: InboxOnly | None
    """Why it goes to the inbox alone."""


def claim(db: Session, host: str, now: datetime) -> Claimed | str | None:
    """The next due message, ours until the lease ends; what became of it, where the gate does not let it out.

    None before the club is set up, or when nothing is due.
    """
    due = (
        select(Message.id, Message.state, Message.act, Message.person_id)
        .where(is_due(now))
        .order_by(Message.next_try_at, Message.id)
        .limit(1)
    )
    club = find_club(db)
    is_nothing_to_do = club is None or db.execute(due).first() is None
    db.rollback()
    if club is None or is_nothing_to_do:
        return None
    whole_id = literal("<") + Message.message_id + literal(f"@{host}>")
    with transaction(db) as tx:
        found = tx.execute(due.with_for_update(skip_locked=True)).one_or_none()
        if found is None:
            return None
        if found.state == "sending":
            note(tx, found.id, Happened.INTERRUPTED, "", now)
        kept = held_back(tx, found.id, found.act, found.person_id, now)
        if isinstance(kept, str) and not isinstance(kept, InboxOnly):
            return kept
        row = tx.execute(
            update(Message)
            .where(Message.id == found.id)
            .values(
                state="sending",
                tries=Message.tries + 1,
                next_try_at=now + LEASE,
                waits_for="",
                message_id=case((Message.message_id.like("<%"), Message.message_id), else_=whole_id),
            )
            .returning(*Letter.columns())
            .execution_options(synchronize_session=False)
        ).one()
        key = _key(tx, found.act, found.person_id) if kept is None else ""
    return Claimed(Letter(**row._mapping), club, key, kept)


def note(tx: Transaction, message_id: int, kind: Happened, said: str, now: datetime) -> None:
    """Write down what happened to a message."""
    tx.execute(insert(MessageEvent).values(message_id=message_id, at=now, kind=kind.value, said=said[:500], by=None))


def _key(tx: Transaction, act: str, person_id: int | None) -> str:
    return key_of(tx, person_id) if act in ACTS and ACTS[act].can_be_refused and person_id is not None else ""
