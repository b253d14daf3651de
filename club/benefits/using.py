"""Writing down that a member used a benefit, and taking it back."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from club.audit import record
from club.benefits.models import Line, the_benefit
from club.benefits.rules import Cell, Gives, cost_of_use, year_of
from club.benefits.uses import BenefitUse
from club.clock import club_day
from club.database import Transaction, transaction
from club.errors import (
    BenefitNotTheirs,
    BenefitUsedUp,
    DateInFuture,
    DateTooOld,
    NotFound,
    OwnMembership,
    UnknownMember,
)
from club.members.models import Person, is_own
from club.permissions import Permission, Role, require
from club.programme.models import the_club
from club.tiers.models import status_of

LONGEST_BACK = timedelta(days=365)


@dataclass(frozen=True)
class NewUse:
    """What was used by whom. `content` recognises a form that is sent twice."""

    benefit_id: int
    person_id: int
    used_on: date
    content: bytes


def record_use(db: Session, new: NewUse, by: int, role: Role | None, now: datetime) -> int:
    """Write down a use and return its id; the same form again returns the same one.

    Raises `NotAllowed`, `OwnMembership`, `UnknownMember`, `NotFound`, `DateInFuture`, `DateTooOld`,
    `BenefitNotTheirs` and `BenefitUsedUp`.
    """
    require(role, Permission.RECORD_PURCHASES)
    today = club_day(now, the_club(db).time_zone)
    if new.used_on > today:
        raise DateInFuture
    if new.used_on < today - LONGEST_BACK:
        raise DateTooOld
    with transaction(db) as tx:
        if is_own(tx, by, new.person_id):
            raise OwnMembership
        _lock(tx, new.person_id)
        known = tx.scalar(select(BenefitUse.id).where(BenefitUse.content == new.content))
        if known is not None:
            return known
        line = the_benefit(tx, new.benefit_id)
        rung_key = status_of(tx, new.person_id, new.used_on).key
        cell = _theirs(line, rung_key)
        refuse_more(tx, new, cell)
        cost = cost_of_use(line.benefit, cell)
        use_id = tx.execute(
            insert(BenefitUse)
            .values(**vars(new), rung_key=rung_key, cost=cost, recorded_at=now, by=by)
            .returning(BenefitUse.id)
        ).scalar_one()
        record(
            tx, "benefit.used", "person", new.person_id, by=by, now=now, benefit=new.benefit_id, use=use_id, cost=cost
        )
    return use_id


def undo_use(db: Session, use_id: int, person_id: int, by: int, role: Role | None, now: datetime) -> None:
    """Take back what was written down by mistake.

    Raises `NotAllowed`, `OwnMembership`, and `NotFound` where it is undone already.
    """
    require(role, Permission.RECORD_PURCHASES)
    with transaction(db) as tx:
        if is_own(tx, by, person_id):
            raise OwnMembership
        undone = tx.execute(
            update(BenefitUse)
            .where(BenefitUse.id == use_id, BenefitUse.person_id == person_id, BenefitUse.undone_at.is_(None))
            .values(undone_at=now, undone_by=by)
            .returning(BenefitUse.benefit_id)
            .execution_options(synchronize_session=False)
        ).first()
        if undone is None:
            raise NotFound
        record(tx, "benefit.use_undone", "person", person_id, by=by, now=now, benefit=undone.benefit_id, use=use_id)


def refuse_more(tx: Transaction, new: NewUse, cell: Cell) -> None:
    """Raise `BenefitUsedUp` where the year of the day has no use left; the member is locked by then."""
    if cell.gives is not Gives.TIMES:
        return
    first, last = year_of(new.used_on)
    used = tx.scalar(
        select(func.count()).where(
            BenefitUse.person_id == new.person_id,
            BenefitUse.benefit_id == new.benefit_id,
            BenefitUse.used_on.between(first, last),
            BenefitUse.undone_at.is_(None),
        )
    )
    if (used or 0) >= cell.value:
        raise BenefitUsedUp(cell.value)


def _lock(tx: Transaction, person_id: int) -> None:
    """Two clerks who serve the same member wait for each other."""
    is_member = Person.joined_on.is_not(None)
    if tx.scalar(select(Person.id).where(Person.id == person_id, is_member).with_for_update()) is None:
        raise UnknownMember


def _theirs(line: Line, rung_key: str) -> Cell:
    if line.is_archived:
        raise NotFound
    cell = line.benefit.cells.get(rung_key)
    if cell is None:
        raise BenefitNotTheirs(rung_key)
    return cell
