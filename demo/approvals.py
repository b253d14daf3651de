"""What waits for a second person, and two records that are probably one human."""

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from club.accrual.service import record_purchase
from club.approvals.service import PointsChange, change_points, refuse
from club.joining.service import enrol_at_counter
from club.members.models import Person
from club.members.rules import NewPerson
from club.permissions import Role
from club.purchases.rules import NewPurchase

DEMO_REQUEST = 12_000


def fill_approvals(db: Session, staff: dict[Role, int], now: datetime) -> None:
    """Support asks for many points for one member; another one was enrolled a second time under another address."""
    wronged, twice = db.execute(
        select(Person.id, Person.full_name, Person.language, Person.birth_year, Person.birth_month, Person.birth_day)
        .where(
            Person.joined_on.is_not(None),
            Person.birth_year.is_not(None),
            Person.language == "es",
            Person.account_id.is_(None),
        )
        .order_by(Person.id)
        .limit(2)
    ).all()
    db.rollback()
    why = "Prometido por el club: dos cajas llegaron rotas y una tercera no llegó"
    change_points(db, PointsChange(wronged.id, DEMO_REQUEST, why), staff[Role.SUPPORT], Role.SUPPORT, now)
    small = PointsChange(twice.id, DEMO_REQUEST, "Quería puntos también por las compras de su hermano")
    asked = change_points(db, small, staff[Role.SUPPORT], Role.SUPPORT, now - timedelta(days=1))
    no = "Esas compras son de otra persona: que se apunte él."
    refuse(db, asked.approval_id, no, staff[Role.MANAGER], Role.MANAGER, now - timedelta(hours=3))
    again = NewPerson(
        full_name=twice.full_name.upper(),
        language=twice.language,
        source="counter",
        email="la.misma.persona@example.net",
        birth_year=twice.birth_year,
        birth_month=twice.birth_month,
        birth_day=twice.birth_day,
    )
    enrolled = enrol_at_counter(db, again, by=staff[Role.SHOP], role=Role.SHOP, now=now - timedelta(days=3))
    bought = NewPurchase(
        member_id=enrolled.person_id, channel="counter", bought_on=_day(now), amount=8_450, reference="GR-99001"
    )
    record_purchase(db, bought, staff[Role.SHOP], Role.SHOP, now - timedelta(days=2))


def _day(now: datetime) -> date:
    return (now - timedelta(days=2)).date()
