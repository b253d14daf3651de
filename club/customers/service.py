"""Keeping views, putting tags on many people and taking them off, and the export."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Select, and_, delete, func, insert, literal, null, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from club.audit import AuditEntry, record
from club.clock import club_day
from club.customers.listing import Listed, count, everybody, matching
from club.customers.models import PersonTag, SavedView, Tag, View, the_view
from club.customers.rules import LONGEST_ADDRESS, Wanted, checked_tag, checked_view_name
from club.database import Transaction, is_sqlite, transaction
from club.errors import NotAllowed, NotFound, ViewTooLong
from club.intake.bulk import chosen
from club.members.models import Person
from club.permissions import Permission, Role, may, require
from club.programme.models import the_club

UNDO_FOR = timedelta(days=1)
PUT, TAKEN = "tag.put", "tag.taken"

People = Sequence[int] | Wanted
"""Those who were ticked, or all whom the filters leave."""


# --- views


def save_view(db: Session, name: str, query: str, *, for_all: bool, by: int, role: Role | None, now: datetime) -> int:
    """Keep an address under a name, for oneself or for everybody; returns its id.

    Raises `NotAllowed`, `ViewNameMissing`, `ViewTooLong`.
    """
    require(role, Permission.KEEP_CUSTOMERS if for_all else Permission.SEE_MEMBERS)
    tidy = checked_view_name(name)
    if len(query) > LONGEST_ADDRESS:
        raise ViewTooLong
    with transaction(db) as tx:
        values = {"name": tidy, "query": query, "owner_id": None if for_all else by, "made_by": by, "made_at": now}
        view_id = tx.execute(insert(SavedView).values(values).returning(SavedView.id)).scalar_one()
        record(tx, "view.saved", "saved_view", view_id, by=by, now=now, for_all=for_all)
    return view_id


def rename_view(db: Session, view_id: int, name: str, *, by: int, role: Role | None, now: datetime) -> None:
    """Another name for a view. Raises `NotAllowed`, `NotFound`, `ViewNameMissing`."""
    tidy = checked_view_name(name)
    with transaction(db) as tx:
        view = _own_view(tx, view_id, by, role)
        tx.execute(update(SavedView).where(SavedView.id == view.id).values(name=tidy))
        record(tx, "view.renamed", "saved_view", view_id, by=by, now=now)


def delete_view(db: Session, view_id: int, *, by: int, role: Role | None, now: datetime) -> None:
    """Forget a view; the customers in it stay as they are. Raises `NotAllowed`, `NotFound`."""
    with transaction(db) as tx:
        view = _own_view(tx, view_id, by, role)
        tx.execute(delete(SavedView).where(SavedView.id == view.id))
        record(tx, "view.deleted", "saved_view", view_id, by=by, now=now)


def may_change(view: View, account_id: int, role: Role | None) -> bool:
    """Who made a view changes it; one for everybody also whoever may give customers to others."""
    return view.made_by == account_id or (view.is_for_all and may(role, Permission.HAND_OVER))


def _own_view(tx: Transaction, view_id: int, by: int, role: Role | None) -> View:
    require(role, Permission.SEE_MEMBERS)
    view = the_view(tx, view_id, by)
    if not may_change(view, by, role):
        raise NotAllowed
    return view


# --- tags


@dataclass(frozen=True)
class Tagged:
    """What came of it. `entry_id` is the audit entry by which it can be undone."""

    entry_id: int
    changed: int
    asked: int
    """How many people it was asked for; the others had the tag already, or had it not."""


def put_tag(db: Session, people: People, name: str, *, by: int, role: Role | None, now: datetime) -> Tagged:
    """Put a tag on people, making it if it is new. Raises `NotAllowed`, `BadTag`."""
    require(role, Permission.EDIT_MEMBERS)
    tidy, key = checked_tag(name)
    with transaction(db) as tx:
        found = _meant(tx, people, now)
        asked = count(tx, found)
        tag_id = _tag(tx, tidy, key)
        entry_id = record(tx, PUT, "tag", tag_id, by=by, now=now, people=asked)
        columns = (literal(tag_id, BigInteger), Person.id, literal(entry_id, BigInteger), null())
        names = ["tag_id", "person_id", "put_by", "taken_by"]
        put = _insert(tx).from_select(names, found.with_only_columns(*columns))
        again = put.on_conflict_do_update(
            index_elements=["tag_id", "person_id"],
            set_={"put_by": put.excluded.put_by, "taken_by": None},
            where=PersonTag.taken_by.is_not(None),
        )
        tx.execute(again)
        changed = tx.scalar(select(func.count()).where(PersonTag.put_by == entry_id)) or 0
    return Tagged(entry_id, changed, asked)


def take_tag(db: Session, people: People, tag_id: int, *, by: int, role: Role | None, now: datetime) -> Tagged:
    """Take a tag off people. Raises `NotAllowed`, `NotFound`."""
    require(role, Permission.EDIT_MEMBERS)
    with transaction(db) as tx:
        if tx.scalar(select(Tag.id).where(Tag.id == tag_id)) is None:
            raise NotFound
        found = _meant(tx, people, now)
        asked = count(tx, found)
        entry_id = record(tx, TAKEN, "tag", tag_id, by=by, now=now, people=asked)
        carrying = (PersonTag.tag_id == tag_id, PersonTag.taken_by.is_(None), PersonTag.person_id.in_(found))
        tx.execute(update(PersonTag).where(*carrying).values(taken_by=entry_id))
        changed = tx.scalar(select(func.count()).where(PersonTag.taken_by == entry_id)) or 0
    return Tagged(entry_id, changed, asked)


def undo_tags(db: Session, entry_id: int, *, by: int, role: Role | None, now: datetime) -> int:
    """Take back one's own act with tags, for a day; how many people it concerned. Raises `NotAllowed`, `NotFound`."""
    require(role, Permission.EDIT_MEMBERS)
    with transaction(db) as tx:
        act = undoable(tx, entry_id, by, now)
        if act is None:
            raise NotFound
        undone = record(tx, f"{act}_undone", "audit_entry", entry_id, by=by, now=now)
        if act == PUT:
            put = (PersonTag.put_by == entry_id, PersonTag.taken_by.is_(None))
            tx.execute(update(PersonTag).where(*put).values(taken_by=undone))
            return tx.scalar(select(func.count()).where(PersonTag.taken_by == undone)) or 0
        tx.execute(update(PersonTag).where(PersonTag.taken_by == entry_id).values(taken_by=None, put_by=undone))
        return tx.scalar(select(func.count()).where(PersonTag.put_by == undone)) or 0


def undoable(db: Session, entry_id: int, by: int, now: datetime) -> str | None:
    """The act with tags that this account may still take back by this entry."""
    since = now - UNDO_FOR
    own = select(AuditEntry.act).where(AuditEntry.id == entry_id, AuditEntry.by == by, AuditEntry.at >= since)
    act = db.scalar(own.where(AuditEntry.act.in_((PUT, TAKEN))))
    if act is None:
        return None
    put = and_(PersonTag.put_by == entry_id, PersonTag.taken_by.is_(None))
    still = select(PersonTag.person_id).where(put if act == PUT else PersonTag.taken_by == entry_id)
    return None if db.scalar(still.limit(1)) is None else str(act)


def _tag(tx: Transaction, name: str, key: str) -> int:
    new = _insert(tx, Tag).values(name=name, name_key=key).on_conflict_do_nothing(index_elements=["name_key"])
    tx.execute(new)
    return tx.execute(select(Tag.id).where(Tag.name_key == key)).scalar_one()


def _insert(tx: Transaction, table: Any = PersonTag) -> Any:
    return sqlite.insert(table) if is_sqlite(tx) else postgresql.insert(table)


def _meant(tx: Transaction, people: People, now: datetime) -> Select[int]:
    if isinstance(people, Wanted):
        return matching(tx, people, club_day(now, the_club(tx).time_zone))
    return select(Person.id).where(Person.id.in_(chosen(tx, people, BigInteger())))


# --- export


def export(
    db: Session, wanted: Wanted, *, filters: str, by: int, role: Role | None, now: datetime
) -> tuple[int, Iterator[Listed]]:
    """How many rows, and the rows, read as they are written out. Who took what is recorded before the first one.

    `filters` is the list's own address. Who may not see addresses and phone numbers gets none. Raises `NotAllowed`.
    """
    require(role, Permission.EXPORT_DATA)
    today = club_day(now, the_club(db).time_zone)
    with transaction(db) as tx:
        rows = count(tx, matching(tx, wanted, today))
        with_contact = may(role, Permission.SEE_CONTACT)
        words: dict[str, object] = {"filters": filters} if filters else {}
        record(tx, "customers.exported", "export", 0, by=by, now=now, words=words, rows=rows, with_contact=with_contact)
    return rows, everybody(db, matching(db, wanted, today), today)
