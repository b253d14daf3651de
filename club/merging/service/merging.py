"""Two records of one human become one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from club.approvals.models import is_household
from club.audit import record
from club.clock import club_day
from club.database import Base, Transaction
from club.errors import AlreadyMerged, NotFound, OwnMembership, ReasonMissing, SamePerson, UnknownMember
from club.members.models import Person
from club.merging.models import Merge
from club.merging.rules import Side
from club.merging.service import consents, people, tiers
from club.merging.service.locking import hold, with_patience
from club.merging.service.rows import move_rows
from club.permissions import Permission, Role, require
from club.points.service.moving import Accounts, lock_both, move_account, take_back_second_bonus
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

    Raises `NotAllowed`, `OwnMembership`, `SamePerson`, `ReasonMissing`, `UnknownMember`, `AlreadyMerged`,
    `PointsSetAside` and `StaffAccount`.
    """
    require(role, Permission.MERGE_MEMBERS)
    if wanted.stays_id == wanted.goes_id:
        raise SamePerson
    if not wanted.why.strip():
        raise ReasonMissing
    return with_patience(db, lambda tx: _merge(tx, wanted, by, now))


def _merge(tx: Transaction, wanted: Wanted, by: int, now: datetime) -> int:
    stays_id, goes_id, why = wanted.stays_id, wanted.goes_id, wanted.why.strip()
    _lock(tx, wanted)
    if is_household(tx, by, stays_id) or is_household(tx, by, goes_id):
        raise OwnMembership
    today = club_day(now, the_club(tx).time_zone)
    stays, goes = people.read(tx, stays_id), people.read(tx, goes_id)
    merge_id = _begin(tx, wanted, stays, goes, by, now)
    who = Accounts(goes_id, stays_id, merge_id)
    bonus = take_back_second_bonus(tx, who, today, now)
    move_account(tx, who, today, now)
    move_rows(tx, merge_id, stays_id, goes_id)
    people.join(tx, merge_id, stays, goes, wanted.choices, now)
    tiers.bring_together(tx, merge_id, stays_id, goes_id, why, by=by, today=today, now=now)
    consents.say_again(tx, merge_id, stays_id, goes_id, now)
    figures = Base.metadata.tables["member_figures"]
    tx.execute(delete(figures).where(figures.c.member_id == goes_id))
    for person_id, other_id in ((stays_id, goes_id), (goes_id, stays_id)):
        record(
            tx, "person.merged", "person", person_id, by=by, now=now, why=why, person_id=person_id,
            merge_id=merge_id, other_id=other_id, stays=person_id == stays_id, bonus=bonus,
        )  # fmt: skip
    return merge_id


def _lock(tx: Transaction, wanted: Wanted) -> None:
    """Hold both. Who has no account was merged already, or is no member."""
    try:
        lock_both(tx, wanted.stays_id, wanted.goes_id)
    except NotFound as missing:
        known = [tx.get(Person, person_id) for person_id in (wanted.stays_id, wanted.goes_id)]
        if any(person is not None and person.merged_into is not None for person in known):
            raise AlreadyMerged from missing
        raise UnknownMember from missing
    hold(tx, wanted.stays_id, wanted.goes_id)


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
