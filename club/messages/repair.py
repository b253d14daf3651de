"""What staff can do about a message or an address: try again, cancel, note that it came back, take the note away."""

from datetime import datetime

from sqlalchemy import Row, insert, select, update
from sqlalchemy.orm import Session

from club.audit import record
from club.database import Transaction, transaction
from club.errors import LinkGone, MessageForSafety, MessageMoved, NotFound
from club.members.models import person_with_email
from club.messages.acts import ACTS
from club.messages.addresses import forget, remember
from club.messages.models import Message, MessageEvent
from club.messages.rules import Bounce, Cause, Happened, is_too_late
from club.permissions import Permission, Role, require


def try_again(db: Session, message_id: int, by: int, role: Role | None, now: datetime) -> None:
    """A message that was given up waits once more, with all its tries; its address counts as reachable again.

    Raises `LinkGone` where it carried a one-time link: its secret was destroyed, or it has ended by itself.
    """
    require(role, Permission.EDIT_MESSAGES)
    with transaction(db) as tx:
        row = _row(tx, message_id)
        act = ACTS.get(row.act)
        if act is None or act.has_token or is_too_late(row.data, row.created_at, now):
            raise LinkGone
        _move(tx, message_id, "given_up", state="queued", tries=0, next_try_at=now, cause="", last_error="")
        forget(tx, row.recipient)
        _tell(tx, message_id, Happened.TRIED_AGAIN, "", by, now)
        record(tx, "message.tried_again", "message", message_id, by=by, now=now, person_id=row.person_id)


def cancel(db: Session, message_id: int, by: int, role: Role | None, now: datetime) -> None:
    """A message that waits is not sent. Raises `MessageForSafety` for one that somebody asked for or that warns."""
    require(role, Permission.EDIT_MESSAGES)
    with transaction(db) as tx:
        row = _row(tx, message_id)
        if row.act in ACTS and ACTS[row.act].is_for_safety:
            raise MessageForSafety
        _move(tx, message_id, "queued", state="given_up", secret=None, cause=Cause.CANCELLED.value)
        _tell(tx, message_id, Happened.CANCELLED, "", by, now)
        record(tx, "message.cancelled", "message", message_id, by=by, now=now, person_id=row.person_id)


def note_came_back(db: Session, message_id: int, bounce: Bounce, by: int, role: Role | None, now: datetime) -> None:
    """The mail server took it, and yet it did not arrive: the address is noted with the cause."""
    require(role, Permission.EDIT_MEMBERS)
    with transaction(db) as tx:
        row = _row(tx, message_id)
        _move(tx, message_id, "sent", came_back_at=now)
        remember(tx, row.recipient, bounce, now, by=by)
        _tell(tx, message_id, Happened.CAME_BACK, bounce.value, by, now)
        record(tx, "message.came_back", "message", message_id, by=by, now=now, person_id=row.person_id)


def reachable_again(db: Session, email: str, by: int, role: Role | None, now: datetime) -> None:
    """Take the note away from an address, because somebody says that it works."""
    require(role, Permission.EDIT_MEMBERS)
    with transaction(db) as tx:
        if not forget(tx, email):
            return
        holder = person_with_email(tx, email)
        person_id = None if holder is None else holder.person_id
        subject = "address" if holder is None else "person"
        record(tx, "address.reachable", subject, person_id or 0, by=by, now=now, person_id=person_id)


def _row(tx: Transaction, message_id: int) -> Row[str, str, dict[str, object], datetime, int | None]:
    columns = (Message.act, Message.recipient, Message.data, Message.created_at, Message.person_id)
    row = tx.execute(select(*columns).where(Message.id == message_id).with_for_update()).one_or_none()
    if row is None:
        raise NotFound
    return row


def _move(tx: Transaction, message_id: int, was: str, **values: object) -> None:
    """Change a message that is still in the state that the page showed; raises `MessageMoved`."""
    moved = tx.execute(
        update(Message)
        .where(Message.id == message_id, Message.state == was, Message.came_back_at.is_(None))
        .values(**values)
        .returning(Message.id)
        .execution_options(synchronize_session=False)
    )
    if moved.first() is None:
        raise MessageMoved


def _tell(tx: Transaction, message_id: int, kind: Happened, said: str, by: int, now: datetime) -> None:
    tx.execute(insert(MessageEvent).values(message_id=message_id, at=now, kind=kind.value, said=said, by=by))
