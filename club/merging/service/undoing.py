"""A merge is undone: both records are as they were, and what came since stays with the one that stayed."""

from contextlib import suppress
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from club.audit import record
from club.clock import club_day
from club.database import Transaction
from club.errors import AlreadyMerged, MergedOn, NotFound, OwnMembership, UndoTooLate
from club.members.household import is_household
from club.members.models import Person
from club.merging.models import Merge
from club.merging.rules import UNDO_FOR
from club.merging.service import consents, credit_lines, limits, people, tiers
from club.merging.service.locking import hold, hold_imports, hold_orders, with_patience
from club.merging.service.rows import move_back
from club.permissions import Permission, Role, require
from club.points.service import moving
from club.points.service.posting import lock_balance
from club.programme.models import the_club


def undo(db: Session, merge_id: int, by: int, role: Role | None, now: datetime) -> None:
    """Part the two records again. New purchases, points, notes and changes of the record that stayed stay with it.

    Raises `NotAllowed`, `NotFound`, `OwnMembership`, `UndoTooLate`, `AlreadyMerged` for what was undone before,
    `MergedOn`, `PointsMovedSince`, `ContactTakenSince` and `ImportBeingUndone`.
    """
    require(role, Permission.MERGE_MEMBERS)
    with_patience(db, lambda tx: _undo(tx, merge_id, by, now))


def _undo(tx: Transaction, merge_id: int, by: int, now: datetime) -> None:
    hold_imports(tx, now)
    found = _locked(tx, merge_id)
    stays_id, goes_id = found.survivor_id, found.loser_id
    if now - found.merged_at >= UNDO_FOR:
        raise UndoTooLate
    if is_household(tx, by, stays_id) or is_household(tx, by, goes_id):
        raise OwnMembership
    today = club_day(now, the_club(tx).time_zone)
    if found.loser_before["member_number"] is not None:
        moving.move_back(tx, moving.Accounts(goes_id, stays_id, merge_id), today, now)
    people.part(tx, found)
    move_back(tx, merge_id, stays_id, goes_id)
    limits.count_apart(tx, merge_id, stays_id)
    credit_lines.count_apart(tx, merge_id, stays_id, goes_id)
    people.make_findable(tx, stays_id, goes_id)
    if tx.scalar(select(Person.member_number).where(Person.id == stays_id)) is not None:
        tiers.part_again(tx, merge_id, stays_id, found.merged_at, today, now)
    consents.take_back(tx, merge_id, stays_id, now)
    tx.execute(update(Merge).where(Merge.id == merge_id).values(undone_at=now, undone_by=by))
    for person_id in (stays_id, goes_id):
        record(tx, "person.parted", "person", person_id, by=by, now=now, merge_id=merge_id)


def _locked(tx: Transaction, merge_id: int) -> Merge:
    """The merge; orders, the account of the record that stayed, and both records are held."""
    named = tx.execute(select(Merge.survivor_id, Merge.loser_id).where(Merge.id == merge_id)).one_or_none()
    if named is None:
        raise NotFound
    hold_orders(tx, named.survivor_id, named.loser_id)
    with suppress(NotFound):  # whoever is no member has no account; whoever was merged on is found out below
        lock_balance(tx, named.survivor_id)
    hold(tx, named.survivor_id, named.loser_id)
    found = tx.execute(select(Merge).where(Merge.id == merge_id).execution_options(populate_existing=True)).scalar_one()
    if found.undone_at is not None:
        raise AlreadyMerged
    if tx.scalar(select(Person.merged_into).where(Person.id == found.survivor_id)) is not None:
        raise MergedOn
    return found
