"""The cart's page: what it says, what its buttons do, and whose cart it is before and after signing in."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from club.accrual.rules import AllRules, BaseRate
from club.accrual.service import set_rules
from club.carts import service
from club.carts.models import Owner
from club.database import transaction
from club.permissions import Role
from club.points.service import adjust_in
from club.programme.rules import Club
from club.texts import Texts
from club.tiers.rules import Ladder, Rung
from club.tiers.service import set_ladder
from tests.cart_world import Shelf
from tests.conftest import Counted
from tests.people import PASSWORD, SomebodyWithAccount, browser_of, new_colleague, new_signed_up_member

MOST_QUERIES = 8

LADDER = Ladder(
    rungs=(
        Rung(key="member", name=Texts({"en": "Member"})),
        Rung(key="gold", name=Texts({"en": "Gold"}), spend=10_000, multiplier_percent=150, discount_percent=10),
    )
)


@pytest.fixture
def shelf(db: Session, club: Club, now: datetime) -> Shelf:
    rate = BaseRate(points=1, per_amount=100, starts_on=date(2024, 1, 1))
    set_rules(db, AllRules(bases=(rate,)), None, Role.OWNER, now)
    set_ladder(db, LADDER, date(2024, 1, 1), None, now)
    return Shelf(db, now)


@pytest.fixture
def ana(db: Session, shelf: Shelf, now: datetime) -> SomebodyWithAccount:
    """With 12,480 points to spend."""
    member = new_signed_up_member(db, now)
    assert member.person_id is not None
    by = new_colleague(db, now, Role.OWNER).account_id
    with transaction(db) as tx:
        adjust_in(tx, member.person_id, 12_480, "welcome", by, now)
    return member


@pytest.fixture
def browser(app: Flask, db: Session, ana: SomebodyWithAccount, now: datetime) -> FlaskClient:
    return browser_of(app, db, ana, now)


def add(client: FlaskClient, variant_id: int, quantity: object = 1, **more: object) -> TestResponse:
    return client.post("/cart/add", data={"variant_id": variant_id, "quantity": quantity, **more})


def text_of(answer: TestResponse) -> str:
    return " ".join(answer.text.replace("\u00a0", " ").split())


def test_an_empty_cart_says_what_it_is_for(client: FlaskClient, shelf: Shelf) -> None:
    page = client.get("/cart")
    assert page.status_code == 200
    assert "Your cart is empty." in page.text
    assert "Set-Cookie" not in page.headers


def test_a_guest_fills_a_cart_and_is_told_what_members_get(client: FlaskClient, shelf: Shelf) -> None:
    red = shelf.thing("Rioja", price=2400)
    answer = add(client, red, 2)
    assert (answer.status_code, answer.location) == (303, "/cart")
    cookie = client.get_cookie("club-cart")
    assert cookie is not None
    assert cookie.http_only
    assert cookie.same_site == "Lax"
    page = text_of(client.get("/cart"))
    assert "It is in your cart." in page
    assert "Rioja" in page
    assert "48,00 €" in page
    assert "As a member you would earn" in page
    assert "Pay with points" not in page
    assert client.get_cookie("club-cart") == cookie


@pytest.mark.proves("F-25")
@pytest.mark.parametrize("typed", ["-1", "0", "0.1", "1e9", "5&-4", "٣", "Infinity", "1000", "99999999999999999999"])
def test_strange_quantities_are_refused(client: FlaskClient, shelf: Shelf, typed: str) -> None:
    red = shelf.thing()
    assert add(client, red, typed).status_code == 422
    assert shelf.in_carts() == {}


@pytest.mark.parametrize("variant_id", ["", "x", "0", "-3", "99999999999999999999"])
def test_strange_things_are_refused(client: FlaskClient, shelf: Shelf, variant_id: str) -> None:
    answer = client.post("/cart/add", data={"variant_id": variant_id, "quantity": "1"})
    assert answer.status_code == 422
    assert shelf.in_carts() == {}


def test_more_than_there_is_is_refused_with_what_there_is(client: FlaskClient, shelf: Shelf) -> None:
    red = shelf.thing(on_hand=3)
    answer = add(client, red, 4)
    assert answer.status_code == 422
    assert "Only 3 left." in answer.text
    assert shelf.in_carts() == {}


def test_a_wrong_quantity_stays_in_its_line_with_the_reason(client: FlaskClient, shelf: Shelf) -> None:
    red, white = shelf.thing("Rioja", on_hand=3), shelf.thing("Verdejo")
    add(client, red)
    add(client, white)
    answer = client.post("/cart/change", data={"variant_id": red, "quantity": "9"})
    assert answer.status_code == 422
    assert f'href="#quantity-{red}"' in answer.text
    assert 'value="9"' in answer.text
    assert answer.text.count("Only 3 left.") == 2
    assert client.post("/cart/change", data={"variant_id": red, "quantity": ""}).status_code == 422
    assert shelf.in_carts() == {1: {red: 1, white: 1}}
    assert client.post("/cart/change", data={"variant_id": red, "quantity": "3"}).status_code == 303
    assert shelf.in_carts() == {1: {red: 3, white: 1}}


def test_what_is_taken_out_can_be_brought_back(client: FlaskClient, shelf: Shelf) -> None:
    red, white = shelf.thing("Rioja"), shelf.thing("Verdejo")
    add(client, red, 2)
    add(client, white)
    answer = client.post("/cart/remove", data={"variant_id": red})
    assert answer.location == "/cart?undo=1"
    page = client.get(answer.location).text
    assert "Taken out: Rioja." in page
    assert shelf.in_carts() == {1: {white: 1}}
    client.post("/cart/undo")
    assert shelf.in_carts() == {1: {red: 2, white: 1}}
    assert "Taken out" not in client.get("/cart?undo=1").text
    client.post("/cart/change", data={"variant_id": white, "quantity": "0"})
    assert shelf.in_carts() == {1: {red: 2}}
    page = client.get(client.post("/cart/empty").location or "").text
    assert "Taken out: Rioja." in page
    assert "Your cart is empty." in page


def test_buttons_need_their_key(asks_for_form_keys: None, client: FlaskClient, shelf: Shelf) -> None:
    red = shelf.thing()
    guest = shelf.guest_with((red, 1))
    client.set_cookie("club-cart", guest.token or "", domain="localhost")
    for address in ("add", "change", "remove", "empty", "undo", "seen"):
        answer = client.post(f"/cart/{address}", data={"variant_id": red, "quantity": "5"})
        assert answer.status_code in {400, 422}, address
    assert shelf.in_carts() == {1: {red: 1}}


def test_points_pay_a_part_and_what_is_left_still_earns(browser: FlaskClient, shelf: Shelf) -> None:
    add(browser, shelf.thing("Rioja", price=8000), 2)
    page = text_of(browser.get("/cart"))
    assert "Use the most: 12.400 points = 124,00 €" in page
    assert "5.000 points = 50,00 €" in page
    assert "You will earn <strong" in page
    assert browser.post("/cart/points", data={"points": "5000"}).status_code == 303
    page = text_of(browser.get("/cart"))
    assert "110,00 €" in page
    assert "7.480 points" in page
    assert 'You will still earn <strong class="num">110 points</strong>' in page
    assert 'It takes you to the <strong class="num">Gold</strong> level' in page


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("5050", "Points are used in steps of 100."),
        ("12500", "12.480 points are there, 12.500 points are needed."),
        ("", "Enter how many points."),
        ("-100", "Enter a whole number, as in 1.200."),
    ],
)
def test_points_that_cannot_be_used_are_refused(browser: FlaskClient, shelf: Shelf, typed: str, said: str) -> None:
    add(browser, shelf.thing(price=90_000))
    answer = browser.post("/cart/points", data={"points": typed})
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert f'value="{typed}"' in answer.text


@pytest.mark.proves("F-01")
def test_points_spent_elsewhere_are_no_longer_offered(
    browser: FlaskClient, db: Session, shelf: Shelf, ana: SomebodyWithAccount, now: datetime
) -> None:
    add(browser, shelf.thing(price=90_000))
    browser.post("/cart/points", data={"points": "12400"})
    with transaction(db) as tx:
        adjust_in(tx, ana.person_id or 0, -12_000, "spent", 1, now)
    page = text_of(browser.get("/cart"))
    assert 'Of the points that you chose, <strong class="num">400 points</strong> can be used' in page
    assert "896,00 €" in page


def test_a_guest_who_wants_to_use_points_is_asked_to_sign_in(client: FlaskClient, shelf: Shelf) -> None:
    add(client, shelf.thing())
    answer = client.post("/cart/points", data={"points": "100"})
    assert answer.status_code == 303
    assert "/sign-in" in (answer.location or "")


@pytest.mark.proves("F-22")
def test_what_changed_is_said_until_it_was_read(client: FlaskClient, shelf: Shelf) -> None:
    red, white = shelf.thing("Rioja", price=2400), shelf.thing("Verdejo")
    add(client, red, 1)
    add(client, white, 1)
    shelf.costs(red, 2600)
    shelf.withdraw(white)
    page = text_of(client.get("/cart"))
    assert 'it was <strong class="num">24,00 €</strong>, now it is <strong class="num">26,00 €</strong>' in page
    assert "Verdejo: This is not sold any more." in page
    seen = f"{red}:1:2600,{white}:0:0"
    assert f'value="{seen}"' in page
    client.post("/cart/seen", data={"seen": seen})
    page = client.get("/cart").text
    assert "Something is different" not in page
    assert "Verdejo" not in page
    assert shelf.in_carts() == {1: {red: 1}}


@pytest.mark.parametrize("seen", ["", "x", "1:2", "1:2:3:4", "9" * 30 + ":1:1", "1:0:٣", "1:1:9999999999999"])
def test_strange_lists_of_what_was_read_change_nothing(client: FlaskClient, shelf: Shelf, seen: str) -> None:
    red = shelf.thing()
    add(client, red, 2)
    assert client.post("/cart/seen", data={"seen": seen}).status_code == 303
    assert shelf.in_carts() == {1: {red: 2}}


def test_while_a_payment_is_open_the_page_only_shows(
    client: FlaskClient, db: Session, shelf: Shelf, now: datetime
) -> None:
    red = shelf.thing("Rioja")
    add(client, red, 2)
    with transaction(db) as tx:
        service.freeze(tx, 1, "order 1", now)
    page = client.get("/cart").text
    assert "A payment for this cart is open." in page
    assert "Take out" not in page
    for address in ("add", "change", "remove", "empty", "undo", "seen"):
        answer = client.post(f"/cart/{address}", data={"variant_id": red, "quantity": "5"})
        assert answer.status_code == 422, address
        assert "A payment for this cart is open." in answer.text
    assert shelf.in_carts() == {1: {red: 2}}


# --- signing in and out


@pytest.mark.proves("F-34")
def test_signing_in_brings_the_cart_along_and_signing_out_leaves_it_there(
    app: Flask, client: FlaskClient, db: Session, shelf: Shelf, ana: SomebodyWithAccount, now: datetime
) -> None:
    red, white = shelf.thing("Rioja"), shelf.thing("Verdejo")
    service.add(db, shelf.shopper(Owner(person_id=ana.person_id)), white, 1, now)
    add(client, red, 2)
    answer = client.post("/sign-in", data={"identifier": ana.email, "password": PASSWORD, "next": "/cart"})
    assert answer.location == "/cart"
    assert client.get_cookie("club-cart") is None
    page = client.get("/cart").text
    assert "What was in the cart of this browser is in your cart now." in page
    assert "Rioja" in page
    assert "Verdejo" in page
    client.post("/sign-out")
    assert "Your cart is empty." in client.get("/cart").text
    ben = browser_of(app, db, new_signed_up_member(db, now, name="Ben", email="ben@example.org"), now)
    assert "Your cart is empty." in ben.get("/cart").text
    other = browser_of(app, db, ana, now)
    assert "Rioja" in other.get("/cart").text


def test_staff_who_are_no_members_keep_the_cart_of_their_browser(
    app: Flask, db: Session, shelf: Shelf, now: datetime
) -> None:
    red = shelf.thing("Rioja")
    owner = browser_of(app, db, new_colleague(db, now, Role.SHOP), now, second_factor=True)
    add(owner, red)
    assert "Rioja" in owner.get("/cart").text
    assert owner.get_cookie("club-cart") is not None


def test_a_cart_begun_while_another_tab_signed_in_comes_along_with_the_next_button(
    browser: FlaskClient, db: Session, shelf: Shelf, ana: SomebodyWithAccount, now: datetime
) -> None:
    red, white = shelf.thing(), shelf.thing()
    left_over = shelf.guest_with((white, 1))
    browser.set_cookie("club-cart", left_over.token or "", domain="localhost")
    add(browser, red)
    assert list(shelf.in_carts().values()) == [{red: 1, white: 1}]
    assert browser.get_cookie("club-cart") is None


# --- how much is asked of the database


def test_a_full_cart_costs_no_more_questions_than_a_small_one(
    browser: FlaskClient,
    shelf: Shelf,
    db: Session,
    ana: SomebodyWithAccount,
    now: datetime,
    count_queries: Callable[[], AbstractContextManager[Counted]],
) -> None:
    for number in range(25):
        thing = shelf.thing(f"Wine {number}", limit_per_member=9 if number % 5 == 0 else None)
        service.add(db, shelf.shopper(Owner(person_id=ana.person_id)), thing, 2, now)
    browser.get("/cart")
    with count_queries() as queries:
        assert "Wine 24" in browser.get("/cart").text
    assert len(queries) <= MOST_QUERIES, "\n".join(queries.statements)


def test_who_has_no_cart_is_asked_nothing(
    client: FlaskClient, shelf: Shelf, count_queries: Callable[[], AbstractContextManager[Counted]]
) -> None:
    client.get("/benefits")
    with count_queries() as queries:
        assert client.get("/benefits").status_code == 200
    assert [statement for statement in queries.statements if "cart" in statement] == []


def test_the_head_of_every_page_says_how_much_is_in_the_cart(
    browser: FlaskClient,
    client: FlaskClient,
    shelf: Shelf,
    count_queries: Callable[[], AbstractContextManager[Counted]],
) -> None:
    red = shelf.thing()
    add(browser, red, 3)
    add(client, red, 2)
    with count_queries() as queries:
        page = text_of(browser.get("/me/points"))
    assert "Cart<span" in page
    assert "3 pieces" in page
    assert len([statement for statement in queries.statements if "cart" in statement]) == 1
    assert "2 pieces" in text_of(client.get("/benefits"))
