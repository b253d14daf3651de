"""A club whose shop is in full use: prices by tier, taxes, delivery, a thousand products, orders that are done."""

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, insert, select, text
from sqlalchemy.orm import Session

from bench.founding import found_club
from bench.large import PATIENCE_SECONDS, today
from bench.large_club import POINTS_PER_EURO, VALIDITY_MONTHS, fill, first_day, learn
from bench.places import Place
from bench.shop_pages import PRODUCTS, fill_shelves
from club.catalogue.models import Product, StockMovement, StockReservation, Variant
from club.catalogue.rules.stock import Reason
from club.clock import ONE_DAY, add_months, month_end
from club.database import Transaction, make_engine, sessions, transaction
from club.delivery.models import DeliveryMethod, DeliveryPrice, DeliveryZone, SavedAddress, TaxRate
from club.delivery.rules import Kind
from club.members.rules import pieces
from club.orders.models import Order, OrderContact, OrderLine, OrderMove, Parcel, ParcelLine
from club.orders.rules import Actor, Move, PayBy, State
from club.orders.service.steps import ORDER
from club.points.models import Lot, Movement
from club.programme.service import touch
from club.purchases.models import Purchase, PurchaseLine
from club.purchases.rules import SHOP
from club.texts import Texts
from club.tiers.rules import Ladder, Rung
from club.tiers.service import reassess_all

LADDER = Ladder(
    (
        Rung("member", Texts({"en": "Member"})),
        Rung("silver", Texts({"en": "Silver"}), spend=500_00, discount_percent=3),
        Rung("gold", Texts({"en": "Gold"}), spend=1_000_00, discount_percent=5),
    )
)
COUNTER, PARCEL = 1, 2
"""Ids of the ways of delivery."""
PURCHASES_EACH = 10
"""So often a member has bought elsewhere."""
IN_STOCK = 100_000
RATE = 2100
UNIT_PRICE = 2000
AT_ONCE = 1000
ADDRESS = {"country": "ES", "address": "Calle Mayor 1", "address_more": "", "postcode": "26001", "city": "Logroño"}
NO_COMPANY = {"company": "", "tax_number": ""}
WRITTEN: tuple[Any, ...] = (
    Purchase, PurchaseLine, Movement, Lot, Order, OrderContact, OrderLine, OrderMove, Parcel, ParcelLine,
    StockReservation, StockMovement,
)  # fmt: skip
"""What an order of the past leaves, each after what it names."""

Rows = dict[Any, list[dict[str, Any]]]


@dataclass(frozen=True)
class Ware:
    """What an old order needs to know of a variant."""

    id: int
    product_id: int
    sku: str
    name: Texts


@dataclass(frozen=True)
class Old:
    """An order of the past, with the ids that its purchase and its points have."""

    id: int
    person_id: int
    at: datetime
    purchase_id: int
    movement_id: int
    chosen: tuple[tuple[Ware, int], ...]

    @property
    def number(self) -> str:
        """What people call it."""
        return f"B{self.id:07}"

    @property
    def day(self) -> date:
        """When it was bought."""
        return self.at.date()

    @property
    def total(self) -> int:
        """All of it is goods."""
        return sum(UNIT_PRICE * quantity for _, quantity in self.chosen)


def make(place: Place, members: int, orders: int) -> str:
    """A club with so many members and orders; everybody has the tier that they bought for."""
    begun = time.perf_counter()
    url, day = place.empty(), today()
    engine = make_engine(url, statement_timeout_seconds=PATIENCE_SECONDS)
    founded = datetime.combine(first_day(day), datetime.min.time(), UTC)
    with sessions(engine)() as db:
        found_club(db, first_day(day), LADDER, POINTS_PER_EURO, founded)
    fill(engine, members, members * PURCHASES_EACH, day, founded)
    fill_shelves(url, IN_STOCK)
    with sessions(engine)() as db:
        with transaction(db) as tx:
            _open_shop(tx, members)
        _sell(db, members, orders)
        reassess_all(db, day - ONE_DAY, datetime.now(UTC))
    _raise_sequences(engine)
    learn(engine)
    engine.dispose()
    seconds = time.perf_counter() - begun
    print(f"\n{place.name}: {members:,} members, {PRODUCTS:,} products, {orders:,} orders, made in {seconds:.0f} s")
    return url


def _open_shop(tx: Transaction, members: int) -> None:
    """The counter and parcels by weight within Spain, one rate of tax, and everybody's address."""
    touch(tx)
    zone = {"name": "Spain", "countries": ["ES"], "postcodes": [], "not_postcodes": []}
    zone_id = tx.execute(insert(DeliveryZone).values(zone).returning(DeliveryZone.id)).scalar_one()
    for method_id, kind in ((COUNTER, Kind.PICKUP), (PARCEL, Kind.SHIP)):
        way = {
            "id": method_id, "kind": kind.value, "name": Texts({"en": kind.value.title()}), "words": Texts({}),
            "position": method_id, "is_active": True, "tax_class": "standard", "days_from": 1, "days_to": 3,
            "needs_phone": False,
        }  # fmt: skip
        tx.execute(insert(DeliveryMethod).values(way))
    prices = [(COUNTER, None, None, 0), (PARCEL, zone_id, 5000, 490), (PARCEL, zone_id, None, 990)]
    for method_id, of_zone, grams, price in prices:
        tx.execute(insert(DeliveryPrice).values(method_id=method_id, zone_id=of_zone, up_to_grams=grams, price=price))
    tx.execute(insert(TaxRate).values(country="ES", tax_class="standard", rate=RATE, from_on=date(2020, 1, 1)))
    address = {**ADDRESS, **NO_COMPANY, "phone": "", "method_id": COUNTER}
    tx.execute(
        insert(SavedAddress),
        [{"person_id": number, "full_name": f"Member {number}", **address} for number in range(1, members + 1)],
    )


# --- orders that were picked up and paid long ago


def _sell(db: Session, members: int, orders: int) -> None:
    columns = (Variant.id, Variant.product_id, Variant.sku, Product.name)
    found = db.execute(select(*columns).join(Product, Product.id == Variant.product_id).order_by(Variant.id))
    wares = [Ware(*row) for row in found]
    left = {ware.id: IN_STOCK for ware in wares}
    purchases, movements = (_newest(db, kind) for kind in (Purchase, Movement))
    moment = datetime.now(UTC)
    with transaction(db) as tx:
        for first in range(1, orders + 1, AT_ONCE):
            rows: Rows = {}
            for number in range(first, min(first + AT_ONCE, orders + 1)):
                chosen = ((wares[number * 7 % len(wares)], 1), (wares[(number * 13 + 1) % len(wares)], 2))
                at = moment - timedelta(hours=orders - number + 1)
                old = Old(number, 1 + number % members, at, purchases + number, movements + number, chosen)
                _add_order(rows, old)
                _add_goods(rows, old, left)
                _add_purchase(rows, old)
            for kind in WRITTEN:
                tx.execute(insert(kind), rows[kind])
        for statement in (_BALANCES, _ON_HAND):
            tx.execute(text(statement))


def _newest(db: Session, kind: Any) -> int:
    return db.scalar(select(kind.id).order_by(kind.id.desc()).limit(1)) or 0


def _add_order(rows: Rows, old: Old) -> None:
    """The order itself: who bought, what was paid, what happened."""
    money = {"goods": old.total, "total": old.total, "paid": old.total, "tax": _tax(old.total)}
    nothing = dict.fromkeys(("discount", "points", "points_value", "refunded"), 0)
    no_delivery = dict.fromkeys(("delivery_price", "delivery_tax", "delivery_tax_rate"), 0)
    _put(
        rows, Order, id=old.id, number=old.number, key=f"bench-{old.id:034}", state=State.DONE.value,
        person_id=old.person_id, cart_id=-old.id, language="en", currency="EUR", pay_by=PayBy.PICKUP.value,
        delivery=Kind.PICKUP.value, method_id=COUNTER, method_name=Texts({"en": "Pickup"}), country="ES",
        purchase_id=old.purchase_id, placed_at=old.at, settled_at=old.at, ready_at=old.at, delivered_on=old.day,
        **money, **nothing, **no_delivery,
    )  # fmt: skip
    name, email = f"Member {old.person_id}", f"b{old.person_id}@example.org"
    _put(
        rows, OrderContact, order_id=old.id, email=email, email_key=email, full_name=name,
        name_key=" ".join(pieces(name)), phone="", note="", **ADDRESS, **NO_COMPANY,
    )  # fmt: skip
    for kind in (Move.PLACED, Move.PAID):
        _put(rows, OrderMove, order_id=old.id, at=old.at, kind=kind.value, actor=Actor.BUYER.value, numbers={})


def _add_goods(rows: Rows, old: Old, left: dict[int, int]) -> None:
    """What was ordered, taken from the shelf and handed over in one parcel; `left` is what is there after it."""
    _put(rows, Parcel, id=old.id, order_id=old.id, carrier="", tracking="", tracking_url="", sent_at=old.at)
    for position, (ware, quantity) in enumerate(old.chosen, start=1):
        amount, line_id = UNIT_PRICE * quantity, old.id * 2 + position
        left[ware.id] -= quantity
        _put(
            rows, OrderLine, id=line_id, order_id=old.id, position=position, variant_id=ware.id,
            product_id=ware.product_id, sku=ware.sku, name=ware.name, quantity=quantity, unit_price=UNIT_PRICE,
            usual_price=UNIT_PRICE, reason="base", amount=amount, discount=0, points=0, points_value=0, paid=amount,
            tax=_tax(amount), tax_rate=RATE, tax_class="standard", category="", earns_points=True, weight_grams=1300,
            packed=quantity, sent=quantity,
        )  # fmt: skip
        _put(rows, ParcelLine, parcel_id=old.id, line_id=line_id, quantity=quantity)
        cause = {"variant_id": ware.id, "cause_kind": ORDER, "cause_id": old.id}
        _put(rows, StockReservation, quantity=quantity, made_at=old.at, ended_at=old.at, how="sold", **cause)
        _put(
            rows, StockMovement, at=old.at, reason=Reason.SALE.value, quantity=-quantity,
            on_hand_after=left[ware.id], **cause,
        )  # fmt: skip


def _add_purchase(rows: Rows, old: Old) -> None:
    """The purchase that it became, and what that earned: active at once."""
    points = _points(old.total)
    earned = dict.fromkeys(("points", "qualifying_points", "net_points", "net_qualifying_points"), points)
    _put(
        rows, Purchase, id=old.purchase_id, member_id=old.person_id, channel=SHOP, reference=old.number,
        bought_on=old.day, amount=old.total, tax=_tax(old.total), net_amount=old.total, recorded_at=old.at, **earned,
    )  # fmt: skip
    for position, (ware, quantity) in enumerate(old.chosen, start=1):
        amount = UNIT_PRICE * quantity
        _put(
            rows, PurchaseLine, purchase_id=old.purchase_id, position=position, category="", sku=ware.sku,
            description=ware.name["en"], quantity=quantity, amount=amount, tax=_tax(amount), points=_points(amount),
            qualifying_points=_points(amount),
        )  # fmt: skip
    _put(
        rows, Movement, id=old.movement_id, member_id=old.person_id, kind="purchase.earned", cause_id=old.purchase_id,
        dated_on=old.day, posted_at=old.at, active=points, issued=-points,
        why={"points": POINTS_PER_EURO, "per_amount": 100, "multiplier_percent": 100, "rung_key": "member"},
    )  # fmt: skip
    _put(
        rows, Lot, id=old.movement_id, member_id=old.person_id, movement_id=old.movement_id, points=points, pending=0,
        active=points, earned_on=old.day, activates_on=old.day,
        expires_on=month_end(add_months(old.day, VALIDITY_MONTHS)),
    )  # fmt: skip


def _put(rows: Rows, of: Any, /, **values: Any) -> None:
    rows.setdefault(of, []).append(values)


def _tax(amount: int) -> int:
    return amount * RATE // (10_000 + RATE)


def _points(amount: int) -> int:
    return amount * POINTS_PER_EURO // 100


_BALANCES = """
UPDATE points_balance SET active = COALESCE(
  (SELECT SUM(m.active) FROM points_movement AS m WHERE m.member_id = points_balance.member_id), 0)
"""
_ON_HAND = """
UPDATE stock SET on_hand = (SELECT SUM(m.quantity) FROM stock_movement AS m WHERE m.variant_id = stock.variant_id)
"""


def _raise_sequences(engine: Engine) -> None:
    """SQLite raises its own; PostgreSQL was not asked for these ids."""
    if engine.dialect.name == "sqlite":
        return
    numbered = (Order, OrderLine, Parcel, Purchase, Movement, Lot, DeliveryMethod)
    with engine.begin() as connection:
        for table in (kind.__tablename__ for kind in numbered):
            sequence = f"pg_get_serial_sequence('{table}', 'id')"
            connection.execute(text(f"SELECT setval({sequence}, (SELECT MAX(id) FROM {table}))"))
