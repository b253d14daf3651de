"""Two records of one human become one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from club.audit import record
from club.clock import club_day
from club.database import Base, Transaction
from club.errors import (
    AlreadyMerged,
    ChangedMeanwhile,
    MemberStays,
    OwnMembership,
    ReasonMissing,
    SamePerson,
    UnknownMember,
)
from club.members.household import is_household
from club.members.models import Person
from club.merging.models import Merge
from club.merging.rules import Side
from club.merging.service import consents, credit_lines, limits, people, tiers
from club.merging.service.locking import hold, hold_imports, hold_orders, with_patience
from club.merging.service.notices import tell_old_mailboxes
from club.merging.service.rows import move_rows
from club.permissions import Permission, Role, require
from club.pipeline.models import PLACES
from club.points.service.moving import Accounts, lock_those_with_one, move_account, take_back_second_bonus
from club.programme.models import the_club


@dataclass(frozen=True)
class Wanted:
    """Which record stays, which one goes, why, and whose value is kept of each field; unless chosen, the usual one."""

    stays_id: int
    goes_id: int
    why: str
    choices: Mapping[str, Side] = field(default_factory=dict)


def merge(db: Session, wanted: Wanted, by: int, role: Role | None, now: datetime) -> int:
    """Make one record of two and return the merge's id.

    Either may be no member (a guest, somebody imported); of a member and another the member stays. Raises
    `NotAllowed`, `OwnMembership`, `SamePerson`, `ReasonMissing`, `UnknownMember`, `AlreadyMerged`, `MemberStays`,
    `PointsSetAside`, `StaffAccount`, `ImportBeingUndone`, and `ChangedMeanwhile` where one of them joined at this
    very moment.
    """
    require(role, Permission.MERGE_MEMBERS)
    if wanted.stays_id == wanted.goes_id:
        raise SamePerson
    if not wanted.why.strip():
        raise ReasonMissing
    return with_patience(db, lambda tx: _merge(tx, wanted, by, now))


def _merge(tx: Transaction, wanted: Wanted, by: int, now: datetime) -> int:
    stays_id, goes_id, why = wanted.stays_id, wanted.goes_id, wanted.why.strip()
    hold_imports(tx, now)
    _lock(tx, wanted)
    if is_household(tx, by, stays_id) or is_household(tx, by, goes_id):
        raise OwnMembership
    today = club_day(now, the_club(tx).time_zone)
    stays, goes = people.read(tx, stays_id), people.read(tx, goes_id)
    merge_id, bonus = _begin(tx, wanted, stays, goes, by, now), 0
    if goes["member_number"] is not None:
        who = Accounts(goes_id, stays_id, merge_id)
        bonus = take_back_second_bonus(tx, who, today, now)
        move_account(tx, who, today, now)
    move_rows(tx, merge_id, stays_id, goes_id)
    limits.count_together(tx, merge_id, stays_id, goes_id)
    credit_lines.count_together(tx, merge_id, stays_id, goes_id, by, now)
    people.join(tx, merge_id, stays, goes, wanted.choices, now)
    tell_old_mailboxes(tx, merge_id, stays, goes, people.chosen_values(stays, goes, wanted.choices), now)
    if stays["member_number"] is not None:
        tiers.bring_together(tx, merge_id, stays_id, goes_id, why, by=by, today=today, now=now)
    consents.say_again(tx, merge_id, stays_id, goes_id, now)
    figures = Base.metadata.tables["member_figures"]
    tx.execute(delete(figures).where(figures.c.member_id == goes_id))
    tx.execute(delete(PLACES).where(PLACES.c.person_id == goes_id))
    for person_id, other_id in ((stays_id, goes_id), (goes_id, stays_id)):
        record(
            tx, "person.merged", "person", person_id, by=by, now=now, why=why, person_id=person_id,
            merge_id=merge_id, other_id=other_id, stays=person_id == stays_id, bonus=bonus,
        )  # fmt: skip
    return merge_id


def _lock(tx: Transaction, wanted: Wanted) -> None:
    """Hold both, their orders and accounts first; then look whether they are what they seemed to be."""
    ids = (wanted.stays_id, wanted.goes_id)
    hold_orders(tx, *ids)
    with_account = lock_those_with_one(tx, *ids)
    hold(tx, *ids)
    columns = Person.__table__.c
    rows = tx.execute(select(columns.id, columns.member_number, columns.merged_into).where(columns.id.in_(ids)))
    found = {row.id: row for row in rows}
    if len(found) < len(ids):
        raise UnknownMember
    if any(row.merged_into is not None for row in found.values()):
        raise AlreadyMerged
    members = {person_id for person_id, row in found.items() if row.member_number is not None}
    if members != with_account:
        raise ChangedMeanwhile(("member_number",))
    if wanted.goes_id in members and wanted.stays_id not in members:
        raise MemberStays


def _begin(tx: Transaction, wanted: Wanted, stays: people.Values, goes: people.Values, by: int, now: datetime) -> int:
    choices = {name: side.value for name, side in wanted.choices.items()}
    return tx.execute(
        insert(Merge)
        .values(
            survivor_id=wanted.stays_id,
            loser_id=wanted.goes_id,
            merged_at=now,
            merged_by=by,
            why=wanted.why.strip(),
            survivor_before={**stays, "choices": choices},
            loser_before=dict(goes),
        )
        .returning(Merge.id)
    ).scalar_one()
