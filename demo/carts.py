"""What a member of the wine cellar left in her cart."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from club.carts.models import Owner
from club.carts.service import Shopper, add
from club.catalogue.models import Variant
from club.catalogue.visitors import buyer_of
from club.clock import club_day
from club.members.models import person_with_email
from club.permissions import Role
from club.programme.models import the_club

OWNER = "carmen@example.org"
IN_IT = (("RESERVA", 3), ("CAVA-BRUT", 2), ("ACEITE", 1))
LEFT_DAYS_AGO = 2


def fill_carts(db: Session, staff: dict[Role, int], now: datetime) -> None:
    """Two days ago she put in a few bottles, and oil."""
    person = person_with_email(db, OWNER)
    if person is None:
        raise RuntimeError(f"{OWNER} is not in the history")
    then = now - timedelta(days=LEFT_DAYS_AGO)
    day = club_day(now, the_club(db).time_zone)
    owner = Owner(person_id=person.person_id)
    shopper = Shopper(owner=owner, buyer=buyer_of(db, person.person_id, day), day=day)
    for start, quantity in IN_IT:
        variant_id = db.scalar(select(Variant.id).where(Variant.sku.startswith(start)).order_by(Variant.id).limit(1))
        if variant_id is None:
            raise RuntimeError(f"the shop has no {start}")
        add(db, shopper, variant_id, quantity, then)
