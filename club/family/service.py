"""A member names their family, and takes somebody off again."""

from datetime import date, datetime

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from club.audit import record
from club.clock import club_day
from club.database import transaction
from club.errors import FamilyFull, NotFound, UnknownMember
from club.family.models import FamilyMember
from club.family.rules import LONGEST_NAME, MOST_FAMILY, Relative, may_keep_minor
from club.members.models import Person
from club.members.rules import check_birthday, checked_name
from club.programme.models import the_club

CHANGED = "person.family_changed"


def name_relative(
    db: Session, person_id: int, relative: Relative, is_answered_for: bool, *, by: int, now: datetime
) -> int:
    """Raises `NameMissing`, `BadBirthday`, `FamilyFull`, and for minors what `may_keep_minor` raises."""
    name = checked_name(relative.name)[:LONGEST_NAME]
    with transaction(db) as tx:
        club = the_club(tx)
        today = club_day(now, club.time_zone)
        check_birthday(relative.year, relative.month, relative.day, today)
        person = tx.scalars(select(Person).where(Person.id == person_id).with_for_update()).one_or_none()
        if person is None or person.member_number is None:
            raise UnknownMember
        is_minor = relative.is_minor(today)
        if is_minor:
            may_keep_minor(club.minors_kept, _born(person), is_answered_for, today)
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


def _born(person: Person) -> date | None:
    if person.birth_year is None or person.birth_month is None or person.birth_day is None:
        return None
    return date(person.birth_year, person.birth_month, person.birth_day)
