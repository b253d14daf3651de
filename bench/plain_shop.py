"""The floor of a whole checkout: the same six requests as plain Flask and ORM would write them, the same rows written.

No rules, offers, languages or settings: one price, one tax rate, points for every euro, pages as large as the club's.
"""

import os
from datetime import UTC, date, datetime, timedelta
from secrets import token_urlsafe
from typing import Any

from flask import Flask, g, redirect, render_template, request
from flask.typing import ResponseReturnValue
from jinja2 import DictLoader
from sqlalchemy import select
from sqlalchemy.orm import Session

from club.accounts.browsers import digest_of
from club.accounts.models import SignedIn
from club.carts.models import Cart, CartLine
from club.catalogue.models import Price, Product, ProductSlug, Stock, StockMovement, StockReservation, Variant
from club.database import make_engine, sessions, transaction
from club.delivery.models import DeliveryMethod, SavedAddress
from club.members.models import Person
from club.messages.models import Message
from club.orders.models import Order, OrderContact, OrderLine, OrderMove
from club.points.models import Balance, Lot, Movement
from club.purchases.models import Purchase, PurchaseLine
from club.tables import metadata
from club.texts import Texts

PRODUCT, CART, TILL, THANKS = 5300, 10_900, 10_900, 4900
"""Bytes that the club's pages have beside what stands in the templates here."""
RATE = 2100
WHOLE = 10_000
TEMPLATES = {
    "page.html": """<!doctype html><html lang='en'><body>{% block content %}{% endblock %}
{{ 'x' * filling }}</body></html>""",
    "product.html": """{% extends 'page.html' %}{% block content %}<h1>{{ product.name['en'] }}</h1>
{{ price }} {{ left }}<form action="/cart/add" method="post">
<input type="hidden" name="variant_id" value="{{ variant.id }}">
<input name="quantity" value="1"></form>{% endblock %}""",
    "cart.html": """{% extends 'page.html' %}{% block content %}{% for line, variant, product, price in rows %}<p>
{{ product.name['en'] }} {{ variant.sku }} {{ line.quantity }} {{ price }}</p>{% endfor %}{{ total }}{% endblock %}""",
    "checkout.html": """{% extends 'page.html' %}{% block content %}{% for line, variant, product, price in rows %}<p>
{{ product.name['en'] }} {{ line.quantity }} {{ price }}</p>{% endfor %}{{ saved.full_name }} {{ saved.address }}
<form action="/checkout" method="post">{% for way in ways %}<input type="radio" name="method" value="{{ way.id }}">
{% endfor %}<input type="hidden" name="expected" value="{{ total }}"></form>{% endblock %}""",
    "thanks.html": """{% extends 'page.html' %}{% block content %}<h1>{{ order.number }}</h1>{% for line in lines %}<p>
{{ line.name['en'] }} {{ line.quantity }} {{ line.amount }}</p>{% endfor %}{{ order.total }}{% endblock %}""",
}

Rows = list[tuple[CartLine, Variant, Product, int]]
"""Each with the price of one."""

app = Flask(__name__)
app.jinja_loader = DictLoader(TEMPLATES)
assert "legal_text" in metadata.tables, "rows name tables that must be known"


def create_app() -> Flask:
    """A shop for members who are signed in."""
    app.extensions["make"] = sessions(make_engine(os.environ["CLUB_DATABASE_URL"]))
    return app


@app.get("/shop/<slug>")
def product(slug: str) -> str:
    db, _who = _db(), _member()
    found = db.scalars(
        select(Product).join(ProductSlug, ProductSlug.product_id == Product.id).where(ProductSlug.slug == slug)
    ).one()
    variant = db.scalars(select(Variant).where(Variant.product_id == found.id)).first()
    assert variant is not None
    left = db.get_one(Stock, variant.id).on_hand
    return _page("product.html", PRODUCT, product=found, variant=variant, price=_price(db, found.id), left=left)


@app.post("/cart/add")
def add() -> ResponseReturnValue:
    who, now = _member(), datetime.now(UTC)
    with transaction(_db()) as tx:
        cart = _cart(tx, who)
        if cart is None:
            times = {"created_at": now, "changed_at": now, "kept_until": now + timedelta(days=30)}
            cart = Cart(person_id=who, points_wanted=0, **times)
            tx.add(cart)
            tx.flush()
        variant_id, quantity = int(request.form["variant_id"]), int(request.form["quantity"])
        line = tx.get(CartLine, (cart.id, variant_id))
        if line is None:
            tx.add(CartLine(cart_id=cart.id, variant_id=variant_id, quantity=quantity, added_at=now))
        else:
            line.quantity += quantity
        cart.changed_at = now
    return redirect("/cart", 303)


@app.get("/cart")
def cart() -> str:
    rows = _rows(_db(), _member())
    return _page("cart.html", CART, rows=rows, total=_total(rows))


@app.get("/checkout")
def checkout() -> str:
    db, who = _db(), _member()
    rows, saved = _rows(db, who), db.get(SavedAddress, who)
    ways = db.scalars(select(DeliveryMethod).order_by(DeliveryMethod.position)).all()
    return _page("checkout.html", TILL, rows=rows, total=_total(rows), saved=saved, ways=ways)


@app.post("/checkout")
def place() -> ResponseReturnValue:
    who, now = _member(), datetime.now(UTC)
    with transaction(_db()) as tx:
        cart, rows = _cart(tx, who), _rows(tx, who)
        assert cart is not None
        order = _order(tx, who, cart.id, rows, now)
        _take_goods(tx, order, rows, now)
        _earn(tx, order, rows, now)
        cart.claim, cart.claimed_at, cart.closed_at = f"order:{order.id}", now, now
        for line, *_ in rows:
            tx.delete(line)
        data = {"order": order.number, "total": order.total}
        message = {"act": "order.placed", "addressee": f"order:{order.id}", "occurrence": f"order:{order.id}"}
        tx.add(
            Message(
                **message, person_id=who, recipient=f"b{who}@example.org", language="en", data=data,
                next_try_at=now, message_id=token_urlsafe(16), created_at=now,
            )
        )  # fmt: skip
        key = order.key
    return redirect(f"/orders/{key}", 303)


@app.get("/orders/<key>")
def thanks(key: str) -> str:
    db, who = _db(), _member()
    order = db.scalars(select(Order).where(Order.key == key, Order.person_id == who)).one()
    lines = db.scalars(select(OrderLine).where(OrderLine.order_id == order.id).order_by(OrderLine.position)).all()
    return _page("thanks.html", THANKS, order=order, lines=lines, contact=db.get(OrderContact, order.id))


@app.teardown_request
def close(error: BaseException | None) -> None:
    if "db" in g:
        g.pop("db").close()


def _db() -> Session:
    if "db" not in g:
        g.db = app.extensions["make"]()
    found: Session = g.db
    return found


def _page(template: str, filling: int, **shown: Any) -> str:
    balance = _db().get_one(Balance, _member())
    return render_template(template, filling=filling, points=balance.active, **shown)


def _member() -> int:
    """Whose cookie it is; asked once a request."""
    if "who" not in g:
        db = _db()
        session = db.scalars(select(SignedIn).where(SignedIn.digest == digest_of(request.cookies["club"]))).one()
        g.who = db.scalars(select(Person).where(Person.account_id == session.account_id)).one().id
    who: int = g.who
    return who


def _cart(db: Session, who: int) -> Cart | None:
    return db.scalars(
        select(Cart).where(Cart.person_id == who, Cart.closed_at.is_(None)).with_for_update()
    ).one_or_none()


def _rows(db: Session, who: int) -> Rows:
    found = db.execute(
        select(CartLine, Variant, Product)
        .join(Cart, Cart.id == CartLine.cart_id)
        .join(Variant, Variant.id == CartLine.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(Cart.person_id == who, Cart.closed_at.is_(None))
        .order_by(Variant.id)
    )
    return [(line, variant, product, _price(db, product.id)) for line, variant, product in found]


def _price(db: Session, product_id: int) -> int:
    return db.scalars(select(Price).where(Price.product_id == product_id, Price.kind == "base")).one().amount or 0


def _total(rows: Rows) -> int:
    return sum(line.quantity * price for line, _variant, _product, price in rows)


def _tax(amount: int) -> int:
    return amount * RATE // (WHOLE + RATE)


def _order(tx: Session, who: int, cart_id: int, rows: Rows, now: datetime) -> Order:
    saved, total = tx.get_one(SavedAddress, who), _total(rows)
    nothing = dict.fromkeys(
        ("discount", "points", "points_value", "delivery_price", "delivery_tax", "delivery_tax_rate", "refunded"), 0
    )
    order = Order(
        number=token_urlsafe(6)[:8], key=token_urlsafe(24), state="placed", person_id=who, cart_id=cart_id,
        language="en", currency="EUR", pay_by="pickup", delivery="pickup", method_id=1,
        method_name=Texts({"en": "Pickup"}), country="ES", goods=total, tax=_tax(total),
        total=total, paid=0, placed_at=now, settled_at=now, **nothing,
    )  # fmt: skip
    tx.add(order)
    tx.flush()
    where = {
        name: getattr(saved, name)
        for name in (
            "full_name",
            "phone",
            "country",
            "address",
            "address_more",
            "postcode",
            "city",
            "company",
            "tax_number",
        )
    }
    email = f"b{who}@example.org"
    tx.add(OrderContact(order_id=order.id, email=email, email_key=email, note="", **where))
    for position, (line, variant, product, price) in enumerate(rows, start=1):
        amount = line.quantity * price
        tx.add(
            OrderLine(
                order_id=order.id, position=position, variant_id=variant.id, product_id=product.id, sku=variant.sku,
                name=product.name, quantity=line.quantity, unit_price=price, usual_price=price, reason="base",
                amount=amount, discount=0, points=0, points_value=0, paid=amount, tax=_tax(amount), tax_rate=RATE,
                tax_class="standard", category="", earns_points=True,
            )
        )  # fmt: skip
    for kind in ("placed", "paid"):
        tx.add(OrderMove(order_id=order.id, at=now, kind=kind, actor="buyer", numbers={}))
    return order


def _take_goods(tx: Session, order: Order, rows: Rows, now: datetime) -> None:
    for line, variant, _product, _price in rows:
        stock = tx.get_one(Stock, variant.id, with_for_update=True)
        stock.on_hand -= line.quantity
        cause = {"variant_id": variant.id, "cause_kind": "order", "cause_id": order.id}
        tx.add(StockReservation(quantity=line.quantity, made_at=now, ended_at=now, how="sold", **cause))
        tx.add(StockMovement(at=now, reason="sale", quantity=-line.quantity, on_hand_after=stock.on_hand, **cause))


def _earn(tx: Session, order: Order, rows: Rows, now: datetime) -> None:
    day, points, who = now.date(), order.total // 100, order.person_id
    earned = dict.fromkeys(("points", "qualifying_points", "net_points", "net_qualifying_points"), points)
    purchase = Purchase(
        member_id=who, channel="shop", reference=order.number, bought_on=day, amount=order.total, tax=order.tax,
        net_amount=order.total, recorded_at=now, **earned,
    )  # fmt: skip
    tx.add(purchase)
    tx.flush()
    order.purchase_id = purchase.id
    for position, (line, variant, product, price) in enumerate(rows, start=1):
        amount = line.quantity * price
        said = {"sku": variant.sku, "description": product.name["en"], "quantity": line.quantity, "amount": amount}
        tx.add(PurchaseLine(purchase_id=purchase.id, position=position, **said))
    movement = Movement(
        member_id=who, kind="purchase.earned", cause_id=purchase.id, dated_on=day, posted_at=now, pending=points,
        issued=-points,
    )  # fmt: skip
    tx.add(movement)
    tx.flush()
    tx.add(_lot(movement, points, day))
    tx.get_one(Balance, who, with_for_update=True).pending += points


def _lot(movement: Movement, points: int, day: date) -> Lot:
    return Lot(
        member_id=movement.member_id, movement_id=movement.id, points=points, pending=points, active=0, earned_on=day
    )
