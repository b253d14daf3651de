"""Staff enrol somebody who stands before them: a name, and a phone number or an address."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from club.clock import club_day
from club.database import transaction
from club.errors import AlreadyKnown, ContactMissing
from club.joining.rules import LivesIn, tidy_code
from club.joining.service.welcoming import Ticked, note_code, say_welcome, welcome
from club.members.models import Known, people_with_phone, person_named_by_email, the_member
from club.members.rules import NewPerson, fold, grouped, phone_typed
from club.members.service import make_member, new_person
from club.permissions import Permission, Role, require
from club.programme.models import the_club

FORM = "counter"


@dataclass(frozen=True)
class Enrolled:
    """A new member without an account."""

    person_id: int
    member_number: str
    points: int
    """The welcome bonus."""


def enrol_at_counter(
    db: Session, newcomer: NewPerson, *, news: tuple[str, ...] = (), lives_in: LivesIn | None = None, code: str = "",
    by: int, role: Role | None, now: datetime,
) -> Enrolled:  # fmt: skip
    """Make somebody a member at the counter. `news`: the channels that they agreed to; `code`: of who brought them.

    Raises `AlreadyKnown` with the number of the member who has this address, or this phone and name; `ContactMissing`,
    `NameMissing`, `BadEmail`, `BadPhone`, `NotJoinedFrom`, `NotAllowed`. Families share a phone, so a phone
    alone refuses nobody.
    """
    require(role, Permission.ENROL_MEMBERS)
    if not newcomer.email and not newcomer.phone:
        raise ContactMissing
    if lives_in is not None:
        lives_in.check()
    club = the_club(db)
    with transaction(db) as tx:
        known = _known(tx, newcomer, club.country)
        if known is not None and known.member_number is not None:
            raise AlreadyKnown(grouped(known.member_number))
        person_id = new_person(tx, newcomer, None, now) if known is None else known.person_id
        make_member(tx, person_id, club_day(now, club.time_zone))
        note_code(tx, person_id, tidy_code(code), FORM, now)
        points = welcome(tx, person_id, Ticked(f"{FORM} {by}", newcomer.language, news), now)
        member = the_member(tx, person_id)
        say_welcome(tx, member, points, now)
        assert member.member_number is not None
        return Enrolled(person_id, member.member_number, points)


def _known(db: Session, newcomer: NewPerson, country: str) -> Known | None:
    if newcomer.email:
        with_email = person_named_by_email(db, newcomer.email)
        if with_email is not None:
            return with_email
    if not newcomer.phone:
        return None
    name = fold(newcomer.full_name)
    found = people_with_phone(db, phone_typed(newcomer.phone, country))
    return next((person for person in found if fold(person.full_name) == name), None)
