"""Orders in the demonstration club's shop, each with its story: unpaid, to be packed, sent, fetched, delivered."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from club.carts.models import Owner, cart_of
from club.carts.service import Shopper, add
from club.catalogue.models import Variant
from club.catalogue.visitors import buyer_of
from club.clock import club_day
from club.database import transaction
from club.delivery.models import DeliveryMethod
from club.members.models import person_with_email
from club.messages.models import Message
from club.orders.drafting import draft
from club.orders.moves import Means
from club.orders.reading import order_with
from club.orders.rules import Actor, Contact, PayBy
from club.orders.service import Wanted, cancel, delivered_in, place_order, settle_in
from club.orders.service.packing import (
    AtTheCounter,
    OnItsWay,
    hand_over,
    pack,
    ready_for_pickup,
    send,
)
from club.permissions import Role
from club.programme.models import the_club

HOME, CELLAR = "ship", "pickup"
MAINLAND, ISLANDS, ABROAD = range(3)
"""Places of the ways among those that send."""
OVER_THE_SEA = ("07", "35", "38")
WAY = OnItsWay(carrier="SEUR", tracking="SEUR-204-88123")

Things = tuple[tuple[str, int], ...]


@dataclass(frozen=True, kw_only=True)
class Story:
    """Who ordered what, when, how it comes and is paid, and what became of it."""

    who: Contact
    things: Things
    days_ago: float
    then: str
    """unpaid, to_pack, partly_packed, packed, partly_sent, sent, delivered, ready, fetched, cancelled"""
    language: str = "es"
    way: str = HOME
    pay_by: PayBy = PayBy.CARD
    note: str = ""
    saves_address: bool = False


def _at(email: str, name: str, address: str, postcode: str, city: str, country: str = "ES", phone: str = "") -> Contact:
    return Contact(
        email=email, full_name=name, country=country, address=address, postcode=postcode, city=city, phone=phone
    )


CARMEN = _at("carmen@example.org", "María del Carmen Ibáñez Soler", "Calle Laurel 12, 3.º B", "26001", "Logroño")
ALEXANDRA = _at("alexandra@example.org", "Соколова Александра", "Gran Vía 40, 5.º", "28013", "Madrid")
JOANA = _at("joana@example.com", "Joana Ferreira", "Rua das Flores 8", "4050-262", "Porto", "PT", "+351 912 345 678")
PAU = _at("pau@example.com", "Pau Vidal Roca", "Carrer de Girona 101", "08009", "Barcelona")
AMAIA = _at("amaia@example.com", "Amaia Etxeberria", "Kale Nagusia 3", "20003", "Donostia")
TOMAS = _at("tomas@example.com", "Tomás Herrero", "Plaza Mayor 1", "40001", "Segovia")
LUCIA = _at("lucia@example.com", "Lucía Santana", "Calle Triana 55", "35002", "Las Palmas")
NINA = _at("nina@example.com", "Nina Schäfer", "Lindenstraße 4", "10969", "Berlin", "DE", "+49 30 1234567")

STORIES: tuple[Story, ...] = (
    Story(who=CARMEN, things=(("CRIANZA", 2), ("ACEITE", 1)), days_ago=12, then="delivered", saves_address=True),
    Story(who=ALEXANDRA, things=(("GRAN-RESERVA", 2),), days_ago=9, then="delivered", language="ru"),
    Story(who=PAU, things=(("RESERVA", 6),), days_ago=9, then="fetched", way=CELLAR, pay_by=PayBy.PICKUP),
    Story(who=AMAIA, things=(("JOVEN", 3),), days_ago=8.5, then="ready", way=CELLAR, pay_by=PayBy.PICKUP),
    Story(who=TOMAS, things=(("CRIANZA", 1),), days_ago=7, then="cancelled"),
    Story(who=NINA, things=(("CAVA-BRUT", 6),), days_ago=3, then="sent", language="en"),
    Story(who=CARMEN, things=(("RESERVA", 1), ("CAVA-BRUT", 1)), days_ago=2.4, then="sent"),
    Story(who=JOANA, things=(("CRIANZA", 3), ("ACEITE", 2)), days_ago=2.1, then="partly_sent", language="en"),
    Story(who=LUCIA, things=(("JOVEN", 6),), days_ago=1.6, then="packed"),
    Story(who=ALEXANDRA, things=(("RESERVA", 2),), days_ago=1.2, then="ready", language="ru", way=CELLAR),
    Story(
        who=PAU, things=(("CRIANZA", 6), ("VERMUT-ROJO", 2)), days_ago=1.1, then="partly_packed",
        note="Es un regalo: sin precio en el paquete.",
    ),
    Story(who=CARMEN, things=(("CRIANZA", 3),), days_ago=0.9, then="to_pack"),
    Story(who=AMAIA, things=(("RESERVA", 2), ("ACEITE", 1)), days_ago=0.5, then="to_pack", note="Llamar al portero."),
    Story(who=TOMAS, things=(("JOVEN", 2),), days_ago=0.4, then="to_pack", way=CELLAR, pay_by=PayBy.PICKUP),
    Story(who=NINA, things=(("CAVA-BRUT", 2),), days_ago=0.1, then="unpaid", language="en"),
)  # fmt: skip


def fill_orders(db: Session, staff: dict[Role, int], now: datetime) -> None:
    """Placed at the checkout, worked by the shop; their mails are long sent."""
    last = db.scalar(select(Message.id).order_by(Message.id.desc()).limit(1)) or 0
    for number, story in enumerate(STORIES):
        placed_at = now - timedelta(days=story.days_ago)
        order_id = _place(db, story, f"192.0.2.{number + 1}", placed_at)
        _live_on(db, story, order_id, staff[Role.SHOP], placed_at)
    with transaction(db) as tx:
        done = (Message.id > last, Message.state == "queued")
        tx.execute(update(Message).where(*done).values(state="sent", sent_at=Message.created_at, tries=1))


def _place(db: Session, story: Story, address: str, now: datetime) -> int:
    person = person_with_email(db, story.who.email)
    person_id = None if person is None else person.person_id
    day = club_day(now, the_club(db).time_zone)
    buyer, owner = buyer_of(db, person_id, day), Owner(person_id=person_id)
    for start, quantity in story.things:
        variant_id = db.scalar(select(Variant.id).where(Variant.sku.startswith(start)).order_by(Variant.id).limit(1))
        if variant_id is None:
            raise RuntimeError(f"the shop has no {start}")
        shopper = Shopper(owner=owner, buyer=buyer, day=day, address=address)
        token = add(db, shopper, variant_id, quantity, now)
        owner = owner if token is None else Owner(token=token)
    cart = cart_of(db, owner, now)
    if cart is None:
        raise RuntimeError("there is no cart")
    method_id = _way(db, story)
    total = draft(
        db, cart, buyer, country=story.who.country, postcode=story.who.postcode, method_id=method_id, day=day
    ).total  # fmt: skip
    wanted = Wanted(
        cart_id=cart.id, person_id=person_id, buyer=buyer, contact=story.who, method_id=method_id,
        pay_by=story.pay_by, expected_total=total, language=story.language, note=story.note, confirms_age=True,
        saves_address=story.saves_address,
    )  # fmt: skip
    db.rollback()
    placed = place_order(db, wanted, now)
    if story.pay_by is PayBy.CARD and story.then != "unpaid":
        with transaction(db) as tx:
            settle_in(tx, placed.order_id, placed.total, now)
    return placed.order_id


def _way(db: Session, story: Story) -> int:
    """The first way of its kind that is offered there."""
    wanted = select(DeliveryMethod.id).where(DeliveryMethod.kind == story.way).order_by(DeliveryMethod.position)
    ways = list(db.scalars(wanted))
    if story.way == CELLAR:
        return ways[0]
    if story.who.country != "ES":
        return ways[ABROAD]
    return ways[ISLANDS if story.who.postcode.startswith(OVER_THE_SEA) else MAINLAND]


def _live_on(db: Session, story: Story, order_id: int, by: int, placed_at: datetime) -> None:
    """What the shop did with it, hours and days after."""
    steps: dict[str, Callable[[], None]] = {
        "partly_packed": lambda: _pack(db, order_id, by, placed_at, part=True),
        "packed": lambda: _pack(db, order_id, by, placed_at),
        "partly_sent": lambda: _send(db, order_id, by, placed_at, part=True),
        "sent": lambda: _send(db, order_id, by, placed_at),
        "delivered": lambda: _deliver(db, order_id, by, placed_at),
        "ready": lambda: _make_ready(db, order_id, by, placed_at),
        "fetched": lambda: _fetch(db, order_id, by, placed_at),
        "cancelled": lambda: _call_off(db, order_id, by, placed_at),
    }
    if story.then in steps:
        steps[story.then]()


def _pack(db: Session, order_id: int, by: int, placed_at: datetime, *, part: bool = False) -> None:
    first = order_with(db, order_id).lines[0]
    pack(db, order_id, {first.id: first.quantity} if part else None, by, Role.SHOP, placed_at + timedelta(hours=2))


def _send(db: Session, order_id: int, by: int, placed_at: datetime, *, part: bool = False) -> None:
    _pack(db, order_id, by, placed_at, part=part)
    way = replace(WAY, tracking=f"{WAY.tracking}{order_id}")
    send(db, order_id, None, way, by, Role.SHOP, placed_at + timedelta(hours=3))


def _deliver(db: Session, order_id: int, by: int, placed_at: datetime) -> None:
    _send(db, order_id, by, placed_at)
    there = placed_at + timedelta(days=3)
    with transaction(db) as tx:
        delivered_in(tx, order_id, club_day(there, the_club(tx).time_zone), there)


def _make_ready(db: Session, order_id: int, by: int, placed_at: datetime) -> None:
    _pack(db, order_id, by, placed_at)
    ready_for_pickup(db, order_id, by, Role.SHOP, placed_at + timedelta(hours=3))


def _fetch(db: Session, order_id: int, by: int, placed_at: datetime) -> None:
    _make_ready(db, order_id, by, placed_at)
    code = order_with(db, order_id).pickup_code or ""
    handed = AtTheCounter(code=code, means=Means.TERMINAL)
    hand_over(db, order_id, handed, by, Role.SHOP, placed_at + timedelta(days=1))


def _call_off(db: Session, order_id: int, by: int, placed_at: datetime) -> None:
    cancel(db, order_id, Actor.STAFF, by, Role.SHOP, placed_at + timedelta(hours=5), "ordered twice by mistake")
