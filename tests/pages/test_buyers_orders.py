"""What buyers see of their orders, and what they can do: look, repeat, call off, make them theirs by joining."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from icalendar import Calendar
from sqlalchemy import update
from sqlalchemy.orm import Session

from club.accrual.rules import AllRules, BaseRate
from club.accrual.service import set_rules
from club.carts.models import Owner
from club.catalogue.service.stock import level_of
from club.database import transaction
from club.orders.models import OrderLine
from club.orders.reading import OrderView, order_by_key, order_with
from club.orders.rules import PayBy, State
from club.orders.service.packing import pack, ready_for_pickup
from club.permissions import Role
from club.points.models import balance_of
from club.programme.rules import Club
from tests.checkout_world import GUEST, form_of, order, text_of
from tests.conftest import Counted
from tests.order_world import COUNTER, Till, open_shop
from tests.people import (
    PASSWORD,
    SomebodyWithAccount,
    browser_of,
    mails_to,
    new_colleague,
    new_signed_up_member,
)

AT_THE_COUNTER: dict[str, Any] = {"method_id": COUNTER, "pay_by": PayBy.PICKUP}
PICKED_UP = {"method": str(COUNTER), "pay_by": "pickup"}


@pytest.fixture
def till(db: Session, club: Club, now: datetime) -> Till:
    rate = BaseRate(points=1, per_amount=100, starts_on=date(2024, 1, 1))
    set_rules(db, AllRules(bases=(rate,)), None, Role.OWNER, now)
    open_shop(db)
    return Till(db, datetime.now(UTC))


@pytest.fixture
def wine(till: Till) -> int:
    return till.shelf.thing("Rioja", price=2400, on_hand=9)


@pytest.fixture
def ana(db: Session, till: Till, now: datetime) -> SomebodyWithAccount:
    return new_signed_up_member(db, now)


@pytest.fixture
def member(app: Flask, db: Session, ana: SomebodyWithAccount, now: datetime) -> FlaskClient:
    return browser_of(app, db, ana, now)


@pytest.fixture
def hers(db: Session, till: Till, ana: SomebodyWithAccount, wine: int) -> OrderView:
    """Two bottles, to be paid at the counter."""
    return order_with(db, till.order(Owner(ana.person_id), (wine, 2), **AT_THE_COUNTER).order_id)


def fresh(db: Session, order_id: int) -> OrderView:
    """As it stands now."""
    db.rollback()
    return order_with(db, order_id)


def test_a_member_sees_what_was_ordered_and_the_points_that_every_page_shows(
    member: FlaskClient, db: Session, till: Till, wine: int, ana: SomebodyWithAccount
) -> None:
    member.post("/cart/add", data={"variant_id": wine, "quantity": "2"})
    assert "48 points" in text_of(member.get("/cart"))
    thanks = member.get(order(member, **GUEST, **PICKED_UP).location)
    assert '<strong class="num">48 points</strong> from this order' in text_of(thanks)
    number = thanks.text.split('class="big num">')[1].split("<")[0]
    assert '<strong class="num">48 points</strong> from this order' in text_of(member.get(f"/me/orders/{number}"))
    assert "+48" in text_of(member.get("/me/points"))
    assert balance_of(db, ana.person_id or 0, datetime.now(UTC).date()).pending == 48
    listed = text_of(member.get("/me/orders"))
    assert f"Order {number}" in listed
    assert "2 × Rioja" in listed
    assert f"Order {number}" in text_of(member.get("/me"))


def test_a_pick_up_goes_into_the_buyers_calendar_from_the_day_it_is_ready(
    client: FlaskClient, db: Session, hers: OrderView, now: datetime
) -> None:
    by, address = new_colleague(db, now, Role.SHOP).account_id, f"/orders/{hers.key}/pickup.ics"
    assert client.get(address).status_code == 404
    assert "pickup.ics" not in client.get(f"/orders/{hers.key}").text
    pack(db, hers.id, None, by, Role.SHOP, now)
    ready_for_pickup(db, hers.id, by, Role.SHOP, now)
    assert address in client.get(f"/orders/{hers.key}").text
    answer = client.get(address)
    assert (answer.mimetype, answer.headers["Cache-Control"]) == ("text/calendar", "no-store")
    (entry,) = Calendar.from_ical(answer.data).events
    assert (entry.start, entry.end) == (date(2026, 6, 15), date(2026, 6, 23))
    assert (str(entry["summary"]), str(entry["transp"])) == (f"Pick up order {hers.number}, Our club", "TRANSPARENT")
    code = fresh(db, hers.id).pickup_code
    assert code is not None and code in str(entry["description"]) and f"/orders/{hers.key}" in str(entry["description"])


@pytest.mark.proves("F-35", "F-41")
def test_others_find_nothing_at_the_address_of_an_order(
    app: Flask, db: Session, client: FlaskClient, member: FlaskClient, hers: OrderView, now: datetime
) -> None:
    other = browser_of(app, db, new_signed_up_member(db, now, name="Eva", email="eva@example.org"), now)
    for address in (f"/me/orders/{hers.number}", f"/orders/{hers.key}", f"/orders/{hers.key}/thanks"):
        assert other.get(address).status_code == 404, address
    for act in (f"/me/orders/{hers.number}/cancel", f"/me/orders/{hers.number}/again", f"/orders/{hers.key}/cancel"):
        assert other.post(act, data={"key": "0" * 32}).status_code == 404, act
    assert client.get(f"/me/orders/{hers.number}").status_code == 303
    assert client.get(f"/orders/{hers.number}").status_code == 404
    assert fresh(db, hers.id) == hers
    for browser in (client, member):
        page = browser.get(f"/orders/{hers.key}")
        assert (page.status_code, page.headers["Cache-Control"]) == (200, "no-store")
        assert page.headers["Referrer-Policy"] == "same-origin"
        assert "noindex" in page.headers["X-Robots-Tag"]


def test_an_order_is_called_off_until_something_of_it_is_packed(
    member: FlaskClient, db: Session, hers: OrderView, wine: int, ana: SomebodyWithAccount
) -> None:
    with transaction(db) as tx:
        tx.execute(update(OrderLine).where(OrderLine.order_id == hers.id).values(packed=1))
    assert "Cancel this order" not in member.get(f"/me/orders/{hers.number}").text
    assert member.post(f"/me/orders/{hers.number}/cancel").status_code == 422
    assert fresh(db, hers.id).state is State.PLACED
    with transaction(db) as tx:
        tx.execute(update(OrderLine).where(OrderLine.order_id == hers.id).values(packed=0))
    for _ in range(2):
        assert member.post(f"/me/orders/{hers.number}/cancel").status_code == 303
    page = text_of(member.get(f"/me/orders/{hers.number}"))
    assert "The order is cancelled." in page
    assert level_of(db, wine).on_hand == 9
    assert balance_of(db, ana.person_id or 0, datetime.now(UTC).date()).pending == 0


def test_a_guest_calls_an_order_off_by_its_address(client: FlaskClient, db: Session, till: Till, wine: int) -> None:
    found = order_with(db, till.order(Owner(), (wine, 1), **AT_THE_COUNTER).order_id)
    assert "Cancel this order" in client.get(f"/orders/{found.key}").text
    assert client.post(f"/orders/{found.key}/cancel").location == f"/orders/{found.key}"
    assert fresh(db, found.id).state is State.CANCELLED
    assert client.get(f"/orders/{found.key}/withdraw").location == f"/orders/{found.key}", "there is no contract"


def test_the_same_once_more_says_what_is_different(
    member: FlaskClient, db: Session, till: Till, ana: SomebodyWithAccount
) -> None:
    red, white, rose = (till.shelf.thing(name, price=1000) for name in ("Red", "White", "Rosé"))
    things = ((red, 2), (white, 3), (rose, 1))
    found = order_with(db, till.order(Owner(ana.person_id), *things, **AT_THE_COUNTER).order_id)
    till.shelf.costs(red, 1100)
    till.shelf.has(white, 1)
    till.shelf.withdraw(rose)
    sent = form_of(member.get(f"/me/orders/{found.number}"), f"/me/orders/{found.number}/again").values
    for _ in range(2):
        assert member.post(f"/me/orders/{found.number}/again", data=sent).location == "/cart"
    page = text_of(member.get("/cart"))
    assert "Red: it costs 11,00 € now, it was 10,00 €." in page
    assert "White: only 1 can be had now." in page
    assert "Rosé: not to be had now." in page
    carts = till.shelf.in_carts()
    assert {red: 2, white: 1} in carts.values()


@pytest.mark.proves("F-35")
def test_a_guest_who_joins_gets_the_order_and_its_points(
    client: FlaskClient, db: Session, till: Till, wine: int
) -> None:
    client.post("/cart/add", data={"variant_id": wine, "quantity": "2"})
    placed = order(client, **GUEST, **PICKED_UP)
    sent = form_of(client.get(placed.location), "/join").values
    assert (sent["name"], sent["email"]) == (GUEST["full_name"], GUEST["email"])
    assert client.post("/join", data={**sent, "password": PASSWORD, "terms": "y"}).location == "/join/mailed"
    found = order_by_key(db, placed.location.split("/")[2])
    assert found.person_id is None
    secret = next(mail.secret for mail in mails_to(db, GUEST["email"]) if mail.act == "join.confirm")
    assert client.post(f"/join/confirm/{secret}").location == "/me/welcome"
    found = fresh(db, found.id)
    assert found.person_id is not None
    assert balance_of(db, found.person_id, datetime.now(UTC).date()).pending == 48
    assert client.get(f"/me/orders/{found.number}").status_code == 200
    assert client.get(f"/orders/{found.key}").status_code == 200


def test_a_cart_that_waits_for_its_payment_shows_the_order_and_two_ways_on(
    member: FlaskClient, db: Session, till: Till, ana: SomebodyWithAccount, wine: int
) -> None:
    found = order_with(db, till.order(Owner(ana.person_id), (wine, 1)).order_id)
    page = text_of(member.get("/cart"))
    assert f"Order {found.number}" in page
    assert f'action="/orders/{found.key}/pay"' in page
    assert member.get("/checkout").location == f"/orders/{found.key}"
    assert member.get(f"/orders/{found.key}/thanks").location == f"/orders/{found.key}"
    assert member.post(f"/orders/{found.key}/pay").location == f"/orders/{found.key}"
    assert fresh(db, found.id).state is State.PENDING
    assert member.post(f"/orders/{found.key}/cancel").status_code == 303
    assert "Rioja" in member.get("/cart").text
    db.rollback()
    assert level_of(db, wine).reserved == 0


def test_orders_are_read_with_few_questions(
    member: FlaskClient, till: Till, wine: int, hers: OrderView, ana: SomebodyWithAccount,
    count_queries: Callable[[], AbstractContextManager[Counted]],
) -> None:  # fmt: skip
    for _ in range(4):
        till.order(Owner(ana.person_id), (wine, 1), **AT_THE_COUNTER)
    member.get("/me/orders")
    member.post("/cart/add", data={"variant_id": wine, "quantity": "1"})
    own = f"/orders/{hers.key}"
    for address in (
        "/me/orders",
        f"/me/orders/{hers.number}",
        own,
        f"{own}/thanks",
        "/cart",
        "/checkout",
        "/me/address",
    ):
        member.get(address)
        with count_queries() as queries:
            assert member.get(address).status_code == 200
        assert len(queries) <= 8, (address, queries.statements)


def test_a_member_who_has_not_ordered_yet_is_led_to_the_shop(member: FlaskClient) -> None:
    assert "You have not ordered in the shop yet." in member.get("/me/orders").text
    assert "Last order" not in member.get("/me").text
