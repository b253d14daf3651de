"""The checkout: who types what, what is refused and where, and that one cart becomes one order."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from club.database import transaction
from club.delivery.models import CountryRule
from club.orders import credit
from club.orders.models import Order
from club.orders.reading import OrderView, order_by_key
from club.orders.rules import State
from club.permissions import Role
from club.points.models import balance_of
from club.programme.rules import Club
from club.programme.service import touch
from club.settings import Settings
from tests.checkout_world import GUEST, form_of, order, text_of
from tests.conftest import Counted
from tests.offer_world import TEN_PERCENT, running
from tests.order_world import COUNTER, POST, Till, open_shop
from tests.people import SomebodyWithAccount, browser_of, new_signed_up_member
from tests.shelf_world import put_out

PICKED_UP = {"method": str(COUNTER), "pay_by": "pickup"}


@pytest.fixture
def till(db: Session, club: Club, now: datetime) -> Till:
    open_shop(db)
    return Till(db, datetime.now(UTC))


@pytest.fixture
def wine(till: Till) -> int:
    return till.shelf.thing("Rioja", price=2400, on_hand=9)


@pytest.fixture
def guest(client: FlaskClient, wine: int) -> FlaskClient:
    """Two bottles in the cart of somebody whom nobody knows."""
    client.post("/cart/add", data={"variant_id": wine, "quantity": "2"})
    return client


@pytest.fixture
def ana(db: Session, till: Till, now: datetime) -> SomebodyWithAccount:
    return new_signed_up_member(db, now)


@pytest.fixture
def member(app: Flask, db: Session, ana: SomebodyWithAccount, wine: int, now: datetime) -> FlaskClient:
    browser = browser_of(app, db, ana, now)
    browser.post("/cart/add", data={"variant_id": wine, "quantity": "2"})
    return browser


def orders_in(db: Session) -> list[tuple[int, str]]:
    db.rollback()
    found = [(row.total, row.state) for row in db.execute(select(Order.total, Order.state).order_by(Order.id))]
    db.rollback()
    return found


def key_in(location: str) -> str:
    return location.split("/")[2]


def fresh(db: Session, location: str) -> OrderView:
    """The order that a buyer was led to."""
    db.rollback()
    return order_by_key(db, key_in(location))


def test_a_guest_types_six_fields_and_chooses_two(guest: FlaskClient, db: Session) -> None:
    page = guest.get("/checkout")
    sent = form_of(page)
    folded = {"address_more", "phone", "company", "tax_number"}
    assert set(sent.typed) - folded == {"email", "full_name", "address", "postcode", "city"}
    assert sent.values["country"] == "ES"
    assert page.headers["Cache-Control"] == "no-store"
    answer = order(guest, **GUEST, **PICKED_UP)
    assert answer.status_code == 303
    page = guest.get(answer.location)
    found = fresh(db, answer.location)
    assert found.number in page.text
    assert (found.total, found.state, found.person_id) == (4800, State.PLACED, None)
    assert found.contact is not None
    assert (found.contact.address, found.contact.postcode) == ("", "")
    assert "Become a member with one password" in page.text
    assert guest.get(answer.location).status_code == 200


def test_a_member_with_an_address_types_nothing(
    app: Flask, member: FlaskClient, db: Session, ana: SomebodyWithAccount, till: Till, wine: int
) -> None:
    kept = {name: value for name, value in GUEST.items() if name != "email"}
    assert order(member, **kept, **PICKED_UP).status_code == 303
    member.post("/cart/add", data={"variant_id": wine, "quantity": "1"})
    page = member.get("/checkout")
    sent = form_of(page)
    assert "email" not in sent.values
    assert (sent.values["full_name"], sent.values["method"]) == ("Greta Guest", str(COUNTER))
    answer = member.post("/checkout", data={**sent.values, "do": "place", "terms": "y"})
    assert answer.status_code == 303
    found = fresh(db, answer.location)
    assert found.contact is not None
    assert (found.person_id, found.contact.email) == (ana.person_id, ana.email)


def test_what_is_missing_is_said_beside_its_field_and_all_that_was_typed_stays(guest: FlaskClient, db: Session) -> None:
    answer = order(guest, email="greta", full_name="", phone="12", pay_by="", method=str(POST), city="Haro")
    assert answer.status_code == 422
    for name in ("email", "full_name", "address", "postcode", "phone", "terms", "pay_by"):
        assert f'href="#{name}"' in answer.text, name
    assert 'value="greta"' in answer.text
    assert 'value="Haro"' in answer.text
    assert "<title>Error:" in answer.text
    assert orders_in(db) == []


@pytest.mark.proves("F-05")
def test_one_cart_becomes_one_order_however_often_the_button_is_pressed(
    app: Flask, guest: FlaskClient, db: Session, wine: int
) -> None:
    sent = {**form_of(guest.get("/checkout")).values, **GUEST, **PICKED_UP, "do": "show"}
    sent = {**form_of(guest.post("/checkout", data=sent)).values, "terms": "y", "do": "place"}
    first = guest.post("/checkout", data=sent)
    again = guest.post("/checkout", data=sent)
    key = key_in(first.location)
    assert (first.status_code, again.status_code) == (303, 303)
    assert key_in(again.location) == key
    assert guest.get("/checkout").location == f"/orders/{key}"
    stranger = app.test_client().post("/checkout", data=sent)
    assert (stranger.status_code, stranger.location) == (303, "/cart")
    guest.post("/cart/add", data={"variant_id": wine, "quantity": "1"})
    assert key_in(guest.post("/checkout", data=sent).location) == key
    assert guest.get("/checkout").status_code == 200
    assert orders_in(db) == [(4800, "placed")]


@pytest.mark.proves("F-21", "F-42")
def test_what_a_buyer_cannot_decide_is_never_read_from_the_form(
    member: FlaskClient, db: Session, ana: SomebodyWithAccount, till: Till
) -> None:
    sent = {**GUEST, **PICKED_UP, "email": "else@example.org"}
    forged = {
        "price": "1", "unit_price": "1", "total": "1", "goods": "1", "discount": "4799", "points": "100000",
        "points_value": "4799", "delivery_price": "0", "tax": "0", "currency": "JPY", "paid": "4800", "state": "done",
        "person_id": "999", "user_id": "999", "role": "owner", "is_staff": "1", "tier": "gold", "created_at": "2020",
        "hold_id": "1", "purchase_id": "1", "number": "AAAA", "key": "mine", "settled_at": "2020-01-01",
    }  # fmt: skip
    refused = order(member, **sent, expected="1", **forged)
    assert refused.status_code == 422
    assert "48,00 €" in text_of(refused)
    assert orders_in(db) == []
    answer = order(member, **sent, **forged)
    found = fresh(db, answer.location)
    assert (found.goods, found.total, found.paid, found.points, found.discount) == (4800, 4800, 0, 0, 0)
    assert (found.person_id, found.currency, found.state) == (ana.person_id, "EUR", State.PLACED)
    assert found.number != "AAAA"
    assert found.key != "mine"
    assert found.contact is not None
    assert found.contact.email == ana.email
    assert balance_of(db, ana.person_id or 0, datetime.now(UTC).date()).active == 0


def test_another_total_is_shown_and_ordered_with_the_next_press(
    guest: FlaskClient, db: Session, till: Till, wine: int
) -> None:
    sent = {**form_of(guest.get("/checkout")).values, **GUEST, **PICKED_UP, "do": "place"}
    till.shelf.costs(wine, 2500)
    answer = guest.post("/checkout", data=sent)
    assert answer.status_code == 422
    assert "50,00 €" in text_of(answer)
    assert orders_in(db) == []
    assert guest.post("/checkout", data={**form_of(answer).values, "do": "place", "terms": "y"}).status_code == 303
    assert orders_in(db) == [(5000, "placed")]


def test_goods_that_sold_out_meanwhile_are_shown_and_the_rest_can_be_ordered(
    guest: FlaskClient, db: Session, till: Till, wine: int
) -> None:
    sent = {**form_of(guest.get("/checkout")).values, **GUEST, **PICKED_UP, "do": "place"}
    till.shelf.has(wine, 1)
    answer = guest.post("/checkout", data=sent)
    assert answer.status_code == 422
    assert "Only 1 can be had now; you wanted 2." in text_of(answer)
    assert 'value="Greta Guest"' in answer.text
    answer = guest.post("/checkout", data={**form_of(answer).values, "do": "take"})
    assert "Only 1 can be had now" not in text_of(answer)
    assert guest.post("/checkout", data={**form_of(answer).values, "do": "place", "terms": "y"}).status_code == 303
    assert orders_in(db) == [(2400, "placed")]


def test_a_place_that_nothing_is_sent_to_says_so(guest: FlaskClient, db: Session) -> None:
    with transaction(db) as tx:
        touch(tx)
        tx.add(
            CountryRule(
                country="PT", may_buy=True, may_receive=False, may_join=True, may_spend_points=True, needs_phone=False
            )
        )
    answer = order(guest, **{**GUEST, "country": "PT", "method": str(POST), "pay_by": "card"})
    assert answer.status_code == 422
    assert 'href="#method"' in answer.text
    assert orders_in(db) == []


def test_nothing_to_pay_needs_no_way_to_pay(
    member: FlaskClient, db: Session, till: Till, ana: SomebodyWithAccount
) -> None:
    till.give_points(ana.person_id or 0, 10_000)
    member.post("/cart/points", data={"points": "4800"})
    page = member.get("/checkout")
    assert "48,00 €" in text_of(page)
    kept = {**GUEST, "method": str(COUNTER)}
    shown = member.post("/checkout", data={**form_of(page).values, **kept, "do": "show"})
    assert "There is nothing to pay" in shown.text
    answer = member.post("/checkout", data={**form_of(shown).values, "terms": "y", "do": "place"})
    found = fresh(db, answer.location)
    assert (found.total, found.points, found.pay_by, found.state) == (0, 4800, "nothing", State.PLACED)


def test_points_that_cannot_be_used_are_named(
    member: FlaskClient, db: Session, till: Till, ana: SomebodyWithAccount
) -> None:
    till.give_points(ana.person_id or 0, 1_000)
    member.post("/cart/points", data={"points": "1000"})
    said = "Of the points that you chose,"
    assert said not in text_of(member.get("/checkout"))
    with transaction(db) as tx:
        tx.add(
            CountryRule(
                country="ES", may_buy=True, may_receive=True, may_join=True, may_spend_points=False, needs_phone=False
            )
        )
        touch(tx)
    page = member.get("/checkout")
    assert said in text_of(page)
    assert form_of(page).values["expected"] == "4800"


def test_an_invoice_is_offered_as_far_as_the_credit_goes(
    member: FlaskClient, db: Session, ana: SomebodyWithAccount
) -> None:
    person_id, day = ana.person_id or 0, datetime.now(UTC)
    for most, version, is_offered in ((1000, 0, False), (4799, 1, False), (5290, 2, True)):
        credit.set_limit(db, person_id, most, 30, True, version, ana.account_id, Role.OWNER, day)
        page = member.get("/checkout")
        assert ('value="account"' in page.text) is is_offered, most
    sent = form_of(page).values
    credit.set_limit(db, person_id, 100, 30, True, 3, ana.account_id, Role.OWNER, day)
    late = member.post("/checkout", data={**sent, **GUEST, "pay_by": "account", "do": "place"})
    assert (late.status_code, "1,00 € can be put on account at the moment." in text_of(late)) == (422, True)
    assert orders_in(db) == []


def test_a_card_is_offered_from_what_it_can_pay(
    app: Flask, client: FlaskClient, till: Till, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.extensions, "club_settings", replace(settings, stripe_secret_key="sk_test_" + "k" * 24))
    tag = till.shelf.thing("Tag", price=40, on_hand=9)
    for is_offered in (False, True):
        client.post("/cart/add", data={"variant_id": tag, "quantity": "1"})
        shown = client.post("/checkout", data={**form_of(client.get("/checkout")).values, **PICKED_UP, "do": "show"})
        assert ('value="card"' in shown.text) is is_offered


def test_an_empty_cart_leads_back_to_the_cart(client: FlaskClient, till: Till) -> None:
    assert client.get("/checkout").location == "/cart"
    assert client.post("/checkout", data=GUEST).location == "/cart"


def test_a_whole_checkout_asks_few_questions(
    guest: FlaskClient, till: Till, count_queries: Callable[[], AbstractContextManager[Counted]]
) -> None:
    for number in range(6):
        guest.post("/cart/add", data={"variant_id": till.shelf.thing(f"Thing {number}"), "quantity": "1"})
    guest.get("/checkout")
    with count_queries() as looking:
        page = guest.get("/checkout")
    sent = {**form_of(page).values, **GUEST, **PICKED_UP}
    page = guest.post("/checkout", data={**sent, "do": "show"})
    with count_queries() as placing:
        answer = guest.post("/checkout", data={**form_of(page).values, "terms": "y", "do": "place"})
    guest.get(answer.location)
    with count_queries() as confirming:
        assert guest.get(answer.location).status_code == 200
    assert len(looking) <= 8, looking.statements
    assert len(placing) <= 28, placing.statements
    assert len(confirming) <= 8, confirming.statements


@pytest.mark.parametrize("has_offer", [False, True])
def test_all_that_a_buyer_asks_for_from_the_product_to_the_thanks_is_at_most_sixty_questions(
    member: FlaskClient,
    till: Till,
    now: datetime,
    has_offer: bool,
    count_queries: Callable[[], AbstractContextManager[Counted]],
) -> None:
    if has_offer:
        running(till.db, TEN_PERCENT, now)
    things, good = [till.shelf.thing(f"Thing {number}") for number in range(2)], put_out(till.db, "Cava")
    kept = {name: value for name, value in GUEST.items() if name != "email"}
    assert order(member, **kept, **PICKED_UP).status_code == 303
    for thing in things:
        member.post("/cart/add", data={"variant_id": thing, "quantity": "1"})
    asked = []

    def ask(ask_for: Callable[[], TestResponse], status: int) -> TestResponse:
        with count_queries() as queries:
            answer = ask_for()
        assert answer.status_code == status
        asked.append(len(queries))
        return answer

    ask(lambda: member.get("/shop/cava-en"), 200)
    ask(lambda: member.post("/cart/add", data={"variant_id": good.variants[0], "quantity": "2"}), 303)
    ask(lambda: member.get("/cart"), 200)
    page = ask(lambda: member.get("/checkout"), 200)
    sent = {**form_of(page).values, **PICKED_UP, "terms": "y", "do": "place"}
    placed = ask(lambda: member.post("/checkout", data=sent), 303)
    thanks = ask(lambda: member.get(placed.location), 200)
    assert ("Ten off" in thanks.text) is has_offer
    assert max(asked[number] for number in (0, 2, 3, 5)) <= 8, asked
    assert sum(asked) <= 60, asked


def test_the_language_of_the_page_is_the_order_s(guest: FlaskClient, db: Session) -> None:
    guest.set_cookie("language", "es", domain="localhost")
    key = key_in(order(guest, **GUEST, **PICKED_UP).location)
    assert order_by_key(db, key).language == "es"
