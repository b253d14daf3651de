"""Who buys on account at the wine cellar, and what is open."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from club.carts.models import Owner, cart_of
from club.carts.service import Shopper, add
from club.catalogue.models import Variant
from club.catalogue.visitors import buyer_of
from club.clock import club_day
from club.members.models import person_with_email
from club.orders import credit
from club.orders.drafting import draft
from club.orders.rules import Contact, PayBy
from club.orders.service import Wanted, place_order
from club.permissions import Role
from club.programme.models import the_club

BUYER = "alexandra@example.org"
LIMIT = 150_000


def fill_money(db: Session, staff: dict[Role, int], now: datetime) -> None:
    """A member of long standing may owe 1,500 euros, and has ordered six bottles by invoice."""
    person = person_with_email(db, BUYER)
    if person is None:
        raise RuntimeError(f"{BUYER} is not in the history")
    person_id = person.person_id
    credit.set_limit(db, person_id, LIMIT, 30, True, 0, staff[Role.OWNER], Role.OWNER, now)
    day = club_day(now, the_club(db).time_zone)
    owner, buyer = Owner(person_id=person_id), buyer_of(db, person_id, day)
    variant_id = db.scalar(select(Variant.id).where(Variant.sku.startswith("RESERVA")).order_by(Variant.id).limit(1))
    assert variant_id is not None
    add(db, Shopper(owner=owner, buyer=buyer, day=day), variant_id, 6, now)
    cart = cart_of(db, owner, now)
    assert cart is not None
    to = Contact(
        email=BUYER, full_name="Александра Волкова", country="ES", address="Calle Laurel 12", postcode="26001",
        city="Logroño", phone="+34600111222",
    )  # fmt: skip
    shown = draft(db, cart, buyer, country=to.country, postcode=to.postcode, method_id=None, day=day)
    wanted = Wanted(
        cart_id=cart.id, person_id=person_id, buyer=buyer, contact=to, method_id=shown.quotes[0].method_id,
        pay_by=PayBy.ACCOUNT, expected_total=0, language="ru", confirms_age=True,
    )  # fmt: skip
    shown = draft(db, cart, buyer, country=to.country, postcode=to.postcode, method_id=wanted.method_id, day=day)
    db.rollback()
    place_order(db, replace(wanted, expected_total=shown.total), now)
