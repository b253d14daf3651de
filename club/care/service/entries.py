"""Notes, calls, visits, letters: written once, edited by their author or a manager, never taken away."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from club.care.models.tables import INTERACTIONS
from club.care.rules import LONGEST_SUMMARY, Closing, Direction, Entry, NextStep, checked_text
from club.care.service.to_do import close_in, follow
from club.care.service.writing import hold_person, note, write_once
from club.contact.service import note_contact
from club.database import Transaction, transaction
from club.errors import NotAllowed, NotFound
from club.permissions import Permission, Role, may, require


def log(
    db: Session,
    person_id: int,
    entry: Entry,
    by: int,
    role: Role | None,
    now: datetime,
    *,
    then: NextStep | None = None,
    done: Closing | None = None,
    cause: str | None = None,
) -> int:
    """Keep one dealing with a customer, what follows from it and what it got done: all or nothing. Returns its id.

    Sent twice under the same cause it is kept once. Where we began, it counts as a contact.

    Raises `DirectionMissing`, `NothingWritten`, `TextTooLong`, `DayInPast`, `DayTooFar`, `UnknownMember`, `NotAllowed`
    and, for a task that is closed already, `ClosedAlready`.
    """
    require(role, Permission.KEEP_CUSTOMERS)
    checked = entry.checked()
    with transaction(db) as tx:
        hold_person(tx, person_id)
        values = {
            "person_id": person_id, "kind": checked.kind.value, "summary": checked.summary, "at": now, "by": by,
            "direction": checked.direction and checked.direction.value,
            "outcome": checked.outcome and checked.outcome.value,
            "is_pinned": checked.is_pinned, "edited_at": None, "cause": cause,
        }  # fmt: skip
        entry_id, is_new = write_once(tx, INTERACTIONS, values)
        if not is_new:
            return entry_id
        note(tx, f"care.{checked.kind.value}_kept", person_id, by=by, now=now, interaction=entry_id)
        if checked.direction is Direction.OUT:
            note_contact(tx, person_id, way=checked.kind.value, cause=f"interaction:{entry_id}", now=now)
        if done is not None:
            close_in(tx, done.what, done.id, done.state, by, now)
        if then is not None:
            follow(tx, person_id, then, by, now, cause)
        return entry_id


def edit_entry(db: Session, entry_id: int, summary: str, by: int, role: Role | None, now: datetime) -> int:
    """Other words for an entry; the audit keeps what stood there. Returns the person's id.

    Its author may, and whoever hands over customers. Raises `NotFound`, `NotAllowed`, `NothingWritten`, `TextTooLong`.
    """
    words = checked_text(summary, LONGEST_SUMMARY)
    with transaction(db) as tx:
        person_id, before, _ = _own(tx, entry_id, by, role)
        if words != before:
            tx.execute(update(INTERACTIONS).where(INTERACTIONS.c.id == entry_id).values(summary=words, edited_at=now))
            said: dict[str, object] = {"summary": [before, words]}
            note(tx, "care.entry_changed", person_id, by=by, now=now, words=said, interaction=entry_id)
    return person_id


def pin_entry(db: Session, entry_id: int, is_pinned: bool, by: int, role: Role | None, now: datetime) -> int:
    """Put an entry on top of the page, or take it down. Returns the person's id. Raises as `edit_entry`."""
    with transaction(db) as tx:
        person_id, _, was_pinned = _own(tx, entry_id, by, role)
        if was_pinned != is_pinned:
            tx.execute(update(INTERACTIONS).where(INTERACTIONS.c.id == entry_id).values(is_pinned=is_pinned))
            act = "care.entry_pinned" if is_pinned else "care.entry_unpinned"
            note(tx, act, person_id, by=by, now=now, interaction=entry_id)
    return person_id


def may_edit(author: int | None, by: int, role: Role | None) -> bool:
    """Whether somebody may edit and pin what this author wrote."""
    return may(role, Permission.HAND_OVER) or (author == by and may(role, Permission.KEEP_CUSTOMERS))


def _own(tx: Transaction, entry_id: int, by: int, role: Role | None) -> tuple[int, str, bool]:
    columns = INTERACTIONS.c
    row = tx.execute(
        select(columns.person_id, columns.summary, columns.is_pinned, columns.by)
        .where(columns.id == entry_id)
        .with_for_update()
    ).one_or_none()
    if row is None:
        raise NotFound
    if not may_edit(row.by, by, role):
        raise NotAllowed
    return row.person_id, row.summary, row.is_pinned
