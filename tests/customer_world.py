"""Customers of every kind for the pages that list them."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from club.care.service.carers import assign
from club.database import transaction
from club.insight.models import MemberFigures
from club.members.models import Person
from club.members.rules import NewPerson
from club.members.service import make_member, new_person, record_consent
from club.permissions import Role
from club.points.models import Balance
from club.points.service import open_account


@dataclass(frozen=True)
class Customers:
    """Ids by name."""

    vera: int
    """Best fifth, looked after by the marketing colleague, agreed to news, speaks Russian."""
    luis: int
    """Near the best fifth, gone quiet."""
    ana: int
    """Bought nothing, has a birthday in three days, joined last."""
    lea: int
    """No member."""


def new_customers(db: Session, now: datetime, carer: int, owner: int) -> Customers:
    """Four people whom the club knows."""
    vera = _member(db, now, "Vera Ibáñez", "ru", date(2024, 1, 10), email="vera@example.org", phone="+34611000001")
    luis = _member(db, now, "Luis Brún", "es", date(2025, 1, 10), email="luis@example.org")
    ana = _member(db, now, "Ana =cmd", "es", date(2026, 6, 1), phone="+34611000003")
    with transaction(db) as tx:
        lea = new_person(tx, NewPerson(full_name="Lea Lead", language="en", source="import"), None, now)
        soon = now.date() + timedelta(days=3)
        tx.execute(update(Person).where(Person.id == ana).values(birth_month=soon.month, birth_day=soon.day))
        _figures(
            tx, vera, now, spend_year=300_00, last=date(2026, 6, 10), gap=30, late=date(2026, 8, 9), place="pareto"
        )
        _figures(tx, luis, now, spend_year=90_00, last=date(2026, 2, 1), gap=20, late=date(2026, 3, 13), place="near")
        tx.execute(update(Balance).where(Balance.member_id == luis).values(active=0))
        record_consent(
            tx, vera, purpose="news", channel="email", is_given=True, text_version="1", language="ru", source="join",
            now=now,
        )  # fmt: skip
    assign(db, [vera], carer, owner, Role.OWNER, now)
    db.rollback()
    return Customers(vera, luis, ana, lea)


def _member(
    db: Session, now: datetime, name: str, language: str, joined: date, *, email: str | None = None,
    phone: str | None = None,
) -> int:  # fmt: skip
    with transaction(db) as tx:
        person = NewPerson(full_name=name, language=language, source="test", email=email, phone=phone)
        person_id = new_person(tx, person, None, now)
        make_member(tx, person_id, joined)
        open_account(tx, person_id)
    return person_id


def _figures(
    tx: Session, member_id: int, now: datetime, *, spend_year: int, last: date, gap: int, late: date, place: str
) -> None:
    values = {
        "member_id": member_id, "as_of": now.date() - timedelta(days=1), "purchases": 3, "spend": spend_year,
        "spend_year": spend_year, "last_bought_on": last, "usual_gap_days": gap, "late_from": late, "place": place,
    }  # fmt: skip
    tx.execute(insert(MemberFigures).values(values))
