"""A member names their family, and takes somebody off again."""

from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import and_, delete, func, insert, or_, select
from sqlalchemy.orm import Session

from club.audit import record
from club.clock import club_day
from club.database import Transaction, transaction
from club.errors import FamilyFull, NotFound, UnknownMember
from club.family.models import FamilyMember
from club.family.rules import LONGEST_NAME, MOST_FAMILY, Relation, Relative, last_of_age, may_keep_minor
from club.members.models import Person
from club.members.rules import check_birthday, checked_name
from club.programme.models import Programme, the_club

CHANGED, MINORS_FORGOTTEN = "person.family_changed", "programme.minors_forgotten"


def name_relative(
    db: Session, person_id: int, relative: Relative, is_answered_for: bool, *, by: int, now: datetime
) -> int:
    """The id of their row; whoever is named again in the same words stands there once.

    Raises `NameMissing`, `BadBirthday`, `FamilyFull`, and for minors what `may_keep_minor` raises.
    """
    name = checked_name(relative.name)[:LONGEST_NAME]
    with transaction(db) as tx:
        tx.execute(select(Programme.id).with_for_update(read=True))  # so that no minor is named while they are deleted
        club = the_club(tx)
        today = club_day(now, club.time_zone)
        check_birthday(relative.year, relative.month, relative.day, today)
        person = tx.scalars(select(Person).where(Person.id == person_id).with_for_update()).one_or_none()
        if person is None or person.member_number is None:
            raise UnknownMember
        is_minor = relative.is_minor(today)
        if is_minor:
            may_keep_minor(club.minors_kept, _born(person), is_answered_for, today)
        known = _known_as(tx, person_id, replace(relative, name=name))
        if known is not None:
            return known
        there = tx.scalar(select(func.count()).where(FamilyMember.person_id == person_id)) or 0
        if there >= MOST_FAMILY:
            raise FamilyFull(MOST_FAMILY)
        row = {
            "person_id": person_id, "name": name, "relation": relative.relation.value, "birth_year": relative.year,
            "birth_month": relative.month, "birth_day": relative.day, "noted_at": now,
            "answered_for_at": now if is_minor else None,
        }  # fmt: skip
        family_id: int = tx.execute(insert(FamilyMember).values(**row).returning(FamilyMember.id)).scalar_one()
        record(tx, CHANGED, "person", person_id, by=by, now=now, added=1)
    return family_id


def take_off(db: Session, person_id: int, family_id: int, *, by: int, now: datetime) -> None:
    """Nothing of them is kept. Raises `NotFound` for somebody else's."""
    with transaction(db) as tx:
        own = (FamilyMember.id == family_id) & (FamilyMember.person_id == person_id)
        if tx.execute(delete(FamilyMember).where(own).returning(FamilyMember.id)).one_or_none() is None:
            raise NotFound
        record(tx, CHANGED, "person", person_id, by=by, now=now, removed=1)


def forget_minors(tx: Transaction, today: date, *, by: int, now: datetime) -> int:
    """The club keeps no minors any more: delete all that were named; how many there were."""
    last = last_of_age(today)
    born = FamilyMember.birth_year * 10_000 + FamilyMember.birth_month * 100 + FamilyMember.birth_day
    is_minor = or_(
        born > last.year * 10_000 + last.month * 100 + last.day,
        and_(FamilyMember.birth_year.is_(None), FamilyMember.relation == Relation.CHILD.value),
    )
    removed = tx.connection().execute(delete(FamilyMember).where(is_minor)).rowcount
    record(tx, MINORS_FORGOTTEN, "programme", 1, by=by, now=now, removed=removed)
    return removed


def _known_as(tx: Transaction, person_id: int, relative: Relative) -> int | None:
    """The row that says just this: a form that was sent twice counts once."""
    own = FamilyMember
    same = select(own.id).where(
        own.person_id == person_id,
        own.name == relative.name,
        own.relation == relative.relation.value,
        own.birth_year.is_not_distinct_from(relative.year),
        own.birth_month.is_not_distinct_from(relative.month),
        own.birth_day.is_not_distinct_from(relative.day),
    )
    return tx.scalar(same.limit(1))


def _born(person: Person) -> date | None:
    if person.birth_year is None or person.birth_month is None or person.birth_day is None:
        return None
    return date(person.birth_year, person.birth_month, person.birth_day)
