"""What some members of the demonstration club say about themselves."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from club.family.rules import Relation, Relative
from club.family.service import name_relative
from club.members.models import person_with_email
from club.permissions import Role
from club.profile.models import profile_of
from club.profile.rules import About, seen_as
from club.profile.service import save_about, save_names

CARMEN, ALEXANDRA = "carmen@example.org", "alexandra@example.org"
ABOUT = {
    CARMEN: About(profession="Arquitecta", interests=("Vinos de altura", "Cocina de mercado", "Senderismo")),
    ALEXANDRA: About(profession="Переводчик", interests=("Игристые вина", "Опера")),
}


FAMILY = {
    CARMEN: (
        Relative(name="Rosa Prieto", relation=Relation.SIBLING, year=1971, month=9, day=14),
        Relative(name="Andrés Prieto", relation=Relation.PARENT),
    ),
    ALEXANDRA: (Relative(name="Михаил", relation=Relation.PARTNER, year=1980, month=2, day=3),),
}


def fill_profiles(db: Session, staff: dict[Role, int], now: datetime) -> None:
    """Profession, interests and family of those who sign in; a patronymic for the one who writes in Russian."""
    for email, about in ABOUT.items():
        person = person_with_email(db, email)
        if person is None or person.account_id is None:
            continue
        known = profile_of(db, person.person_id)
        save_about(db, person.person_id, seen_as(known.about), about, by=person.account_id, now=now)
        for relative in FAMILY[email]:
            name_relative(db, person.person_id, relative, False, by=person.account_id, now=now)
        if email == ALEXANDRA:
            names = replace(known.names, patronymic="Владимировна")
            save_names(db, person.person_id, seen_as(known.names), names, by=person.account_id, now=now)
