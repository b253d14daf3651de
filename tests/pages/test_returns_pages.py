"""Giving goods back in the browser: a member in four clicks, a guest without signing in, staff see the effect first."""

import html
import io
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from club.accounts.rules import LIMITS, Limit
from club.catalogue.models import ProductSlug, Variant
from club.database import transaction
from club.orders.models import Order
from club.orders.reading import OrderView
from club.permissions import Role
from club.programme.rules import Club
from club.returns import service
from club.returns.models import ReturnCase
from club.returns.reading import case_with
from club.returns.rules import State
from club.support.rules import Topic
from club.support.service import Question, ask
from tests.people import SomebodyWithAccount, browser_of, new_colleague, new_signed_up_member
from tests.return_world import TODAY, Desk, picture, wanted


@pytest.fixture
def desk(db: Session, club: Club, now: datetime) -> Desk:
    return Desk(db, now).open()


@pytest.fixture
def ana(db: Session, club: Club, now: datetime) -> SomebodyWithAccount:
    return new_signed_up_member(db, now)


@pytest.fixture
def order(db: Session, desk: Desk, ana: SomebodyWithAccount) -> OrderView:
    assert ana.person_id is not None
    return desk.delivered(ana.person_id, (desk.till.shelf.thing("Rioja", price=2400), 2))


@pytest.fixture
def member(app: Flask, db: Session, ana: SomebodyWithAccount, now: datetime) -> FlaskClient:
    return browser_of(app, db, ana, now)


@pytest.fixture
def clerk(app: Flask, db: Session, club: Club, now: datetime) -> FlaskClient:
    return browser_of(app, db, new_colleague(db, now, Role.SHOP), now, second_factor=True)


def _hidden(page: str) -> dict[str, str]:
    """The hidden fields of a page's form."""
    found = re.findall(r'<input[^>]*type="hidden"[^>]*>', page)
    fields = {}
    for one in found:
        name, value = re.search(r'name="([^"]*)"', one), re.search(r'value="([^"]*)"', one)
        if name and name[1] in {"key", "shown"}:
            fields[name[1]] = html.unescape(value[1]) if value else ""
    return fields


def _count(db: Session) -> int:
    db.rollback()
    return db.scalar(select(func.count()).select_from(ReturnCase)) or 0


def _send(browser: FlaskClient, address: str, fields: dict[str, Any]) -> Any:
    """Show the effect, then press the button under it."""
    opened = browser.get(address)
    shown = browser.post(address, data={**_hidden(opened.text), **fields, "do": "show"})
    assert shown.status_code == 200, shown.text
    return browser.post(address, data={**_hidden(shown.text), **fields, "do": "send"})


@pytest.mark.proves("T10")
def test_a_member_starts_a_return_with_two_fields_and_sees_what_it_does_first(
    db: Session, member: FlaskClient, order: OrderView
) -> None:
    address, line = f"/me/orders/{order.number}/return", order.lines[0].id
    opened = member.get(address)
    assert "Rioja" in opened.text
    fields = {**_hidden(opened.text), f"line_{line}": "y", f"units_{line}": "1", "reason": "changed_mind"}
    shown = member.post(address, data={**fields, "do": "show"})
    assert shown.status_code == 200
    assert "24,00\u00a0€" in shown.text and "stays Member" in shown.text
    assert _count(db) == 0
    sent = member.post(address, data={**fields, **_hidden(shown.text), "do": "send"})
    assert sent.status_code == 303
    again = member.post(address, data={**fields, **_hidden(shown.text), "do": "send"})
    assert (again.status_code, again.location) == (303, sent.location)
    assert _count(db) == 1
    page = member.get(sent.location)
    assert page.status_code == 200
    assert "Waits for our answer" in page.text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"reason": "late"}, "Tick what you send back."),
        ({"line": "y", "units": "1", "reason": ""}, "Choose a reason."),
        ({"line": "y", "units": "3", "reason": "late"}, "Enter 2 or less."),
        ({"line": "y", "units": "", "reason": "late"}, "Enter how many pieces come back."),
    ],
)
def test_what_is_missing_is_said_at_its_field(
    db: Session, member: FlaskClient, order: OrderView, fields: dict[str, str], words: str
) -> None:
    line = order.lines[0].id
    names = {"line": f"line_{line}", "units": f"units_{line}", "reason": "reason"}
    address = f"/me/orders/{order.number}/return"
    sent = {names[name]: value for name, value in fields.items()}
    answer = member.post(address, data={**_hidden(member.get(address).text), **sent, "do": "send"})
    assert answer.status_code == 422
    assert words in html.unescape(answer.text)
    assert "<title>Error:" in answer.text
    assert _count(db) == 0


def test_when_the_time_is_over_the_page_says_so_with_the_day(
    db: Session, member: FlaskClient, order: OrderView
) -> None:
    with transaction(db) as tx:
        tx.execute(update(Order).where(Order.id == order.id).values(delivered_on=TODAY - timedelta(days=15)))
    line = order.lines[0].id
    page = member.get(f"/me/orders/{order.number}/return")
    assert "14 June 2026" in page.text
    sent = {f"line_{line}": "y", f"units_{line}": "1", "reason": "late", "do": "send"}
    assert member.post(f"/me/orders/{order.number}/return", data=sent).status_code == 422
    assert _count(db) == 0


@pytest.mark.proves("F-35")
def test_somebody_else_finds_neither_order_nor_return(
    app: Flask, db: Session, desk: Desk, ana: SomebodyWithAccount, order: OrderView, now: datetime
) -> None:
    assert ana.person_id is not None
    asked = service.ask_return(db, ana.person_id, wanted(order, 1), now)
    other = desk.paid(None, (desk.till.shelf.thing(), 1))
    luis = browser_of(app, db, new_signed_up_member(db, now, name="Luis", email="luis@example.org"), now)
    answers = {
        address: luis.get(address).status_code
        for address in (
            f"/me/orders/{order.number}/return",
            f"/me/returns/{asked.number}",
            f"/orders/{'x' * 32}/withdraw",
            f"/orders/{other.key}/returns/{asked.number}",
            f"/orders/{order.key}/withdraw",
            f"/orders/{order.key}/returns/{asked.number}",
        )
    }
    assert set(answers.values()) == {404}, answers
    line = order.lines[0].id
    sent = {f"line_{line}": "y", f"units_{line}": "1", "reason": "late", "do": "send"}
    assert luis.post(f"/me/orders/{order.number}/return", data=sent).status_code == 404
    assert luis.post(f"/orders/{order.key}/withdraw", data=sent).status_code == 404
    assert _count(db) == 1


def test_a_guest_withdraws_in_two_steps_without_signing_in(db: Session, client: FlaskClient, desk: Desk) -> None:
    order = desk.paid(None, (desk.till.shelf.thing("Cava", price=1500), 2))
    address, line = f"/orders/{order.key}/withdraw", order.lines[0].id
    opened = client.get(address)
    assert opened.headers["Cache-Control"] == "no-store"
    assert "noindex" in opened.headers["X-Robots-Tag"]
    assert re.search(rf'<input[^>]*checked[^>]*name="line_{line}"', opened.text)
    fields = {**_hidden(opened.text), f"line_{line}": "y", f"units_{line}": "2"}
    shown = client.post(address, data={**fields, "do": "show"})
    assert "Confirm the withdrawal" in shown.text
    assert _count(db) == 0
    sent = client.post(address, data={**fields, **_hidden(shown.text), "do": "send"})
    again = client.post(address, data={**fields, **_hidden(shown.text), "do": "send"})
    assert (again.status_code, again.location) == (sent.status_code, sent.location) == (303, sent.location)
    page = client.get(sent.location)
    assert page.headers["Cache-Control"] == "no-store"
    assert "Your withdrawal came in" in page.text
    assert "34,90\u00a0€" in page.text  # 30 and the delivery
    assert "on its way back" in client.get(address).text


def test_staff_see_what_it_takes_before_they_refund(
    db: Session, clerk: FlaskClient, ana: SomebodyWithAccount, order: OrderView, now: datetime
) -> None:
    assert ana.person_id is not None
    asked = service.ask_return(db, ana.person_id, wanted(order, 2), now)
    listed = clerk.get("/admin/returns?view=decide")
    assert asked.number in listed.text
    address, line = f"/admin/returns/{asked.case_id}", order.lines[0].id
    assert clerk.post(f"{address}/approve").status_code == 303
    fields = {f"came_{line}": "2", f"shelf_{line}": "1", "with_delivery": "y"}
    shown = clerk.post(f"{address}/refund", data={**fields, "do": "show"})
    assert shown.status_code == 200
    for words in ("52,90\u00a0€", "stays Member", "Points taken that it had earned"):
        assert words in shown.text
    assert case_with(db, asked.case_id).state == State.APPROVED
    other = clerk.post(f"{address}/refund", data={**fields, **_hidden(shown.text), f"came_{line}": "1", "do": "send"})
    assert "Something has changed since" in other.text
    done = clerk.post(f"{address}/refund", data={**fields, **_hidden(shown.text), "do": "send"})
    assert done.status_code == 303
    db.rollback()
    assert case_with(db, asked.case_id).money == 5290
    again = clerk.post(f"{address}/refund", data={**fields, **_hidden(shown.text), "do": "send"})
    assert "Somebody has dealt with this return meanwhile" in clerk.get(again.location).text
    assert clerk.post(f"{address}/approve").location == address


def test_staff_refuse_close_or_begin_a_return_themselves(
    db: Session, clerk: FlaskClient, ana: SomebodyWithAccount, order: OrderView, now: datetime
) -> None:
    assert ana.person_id is not None
    first = service.ask_return(db, ana.person_id, wanted(order, 1), now)
    address = f"/admin/returns/{first.case_id}"
    assert clerk.post(f"{address}/refuse", data={"refuse-why": ""}).status_code == 422
    assert clerk.post(f"{address}/refuse", data={"refuse-why": "It was opened"}).status_code == 303
    assert "It was opened" in clerk.get(address).text
    line = order.lines[0].id
    new = clerk.post(
        f"/admin/orders/{order.number}/return",
        data={**_hidden(clerk.get(f"/admin/orders/{order.number}/return").text), f"line_{line}": "y",
              f"units_{line}": "2", "reason": "damaged"},
    )  # fmt: skip
    assert new.status_code == 303
    assert clerk.post(f"{new.location}/close", data={"close-why": "Nothing came"}).status_code == 303
    db.rollback()
    states = list(db.scalars(select(ReturnCase.state).order_by(ReturnCase.id)))
    assert states == ["refused", "closed"]


def test_a_return_that_began_from_a_question_stands_in_its_conversation(
    app: Flask, db: Session, ana: SomebodyWithAccount, order: OrderView, now: datetime, tmp_path: Path
) -> None:
    assert ana.person_id is not None
    case_id = ask(db, tmp_path, ana.person_id, Question(Topic.OTHER, None, "It is broken"), now).case_id
    boss = browser_of(app, db, new_colleague(db, now, Role.MANAGER, "boss@example.org"), now, second_factor=True)
    address, line = f"/admin/orders/{order.number}/return?question={case_id}", order.lines[0].id
    assert address in html.unescape(boss.get(f"/admin/inbox/{case_id}").text)
    page = boss.get(address)
    assert f'action="{address}"' in page.text
    sent = {**_hidden(page.text), f"line_{line}": "y", f"units_{line}": "1", "reason": "damaged"}
    for _ in range(2):
        assert boss.post(address, data=sent).status_code == 303
    assert re.search(r"Return [A-Z0-9]+ is begun\.", boss.get(f"/admin/inbox/{case_id}").text)


def test_support_sees_returns_and_refunds_none(
    app: Flask, db: Session, ana: SomebodyWithAccount, order: OrderView, now: datetime
) -> None:
    assert ana.person_id is not None
    asked = service.ask_return(db, ana.person_id, wanted(order, 1), now)
    support = browser_of(app, db, new_colleague(db, now, Role.SUPPORT), now, second_factor=True)
    page = support.get(f"/admin/returns/{asked.case_id}")
    assert page.status_code == 200
    assert "Approve" not in page.text
    assert support.post(f"/admin/returns/{asked.case_id}/approve").status_code == 403
    assert support.get(f"/admin/orders/{order.number}/return").status_code == 403


def test_pages_ask_the_database_a_bounded_number_of_times(
    db: Session, desk: Desk, clerk: FlaskClient, member: FlaskClient, ana: SomebodyWithAccount, now: datetime,
    count_queries: Callable[[], AbstractContextManager[list[str]]],
) -> None:  # fmt: skip
    assert ana.person_id is not None
    thing = desk.till.shelf.thing()
    found: dict[str, list[int]] = {}
    for _ in range(2):
        order = desk.delivered(ana.person_id, (thing, 2), (desk.till.shelf.thing(), 1))
        asked = service.ask_return(db, ana.person_id, wanted(order, 1, 1), now)
        pages = {
            "list": (clerk, "/admin/returns"),
            "case": (clerk, f"/admin/returns/{asked.case_id}"),
            "form": (member, f"/me/orders/{order.number}/return"),
            "told": (member, f"/me/returns/{asked.number}"),
        }
        for name, (browser, address) in pages.items():
            browser.get(address)
            with count_queries() as queries:
                assert browser.get(address).status_code == 200
            found.setdefault(name, []).append(len(queries))
    assert all(first == second <= 8 for first, second in found.values()), found


def test_staff_give_money_back_without_goods_and_no_more_than_is_left(
    db: Session, clerk: FlaskClient, order: OrderView
) -> None:
    address = f"/admin/orders/{order.number}/money-back"
    assert "52,90\u00a0€" in clerk.get(address).text  # at most
    too_much = clerk.post(address, data={**_hidden(clerk.get(address).text), "amount": "60", "why": "A scratch"})
    assert (too_much.status_code, "At most 52,90\u00a0€ can go back" in too_much.text) == (422, True)
    assert 'value="60' in too_much.text
    done = clerk.post(address, data={**_hidden(too_much.text), "amount": "5,50", "why": "A scratch"})
    assert done.status_code == 303
    assert "5,50\u00a0€" in clerk.get(done.location).text
    assert "47,40\u00a0€" in clerk.get(address).text


def test_what_cannot_be_given_back_is_said_before_and_after_it_is_bought(
    db: Session, app: Flask, client: FlaskClient, member: FlaskClient, desk: Desk, ana: SomebodyWithAccount
) -> None:
    assert ana.person_id is not None
    cheese, wine = desk.till.shelf.thing("Cheese", no_return="perishable"), desk.till.shelf.thing("Rioja")
    with transaction(db) as tx:
        tx.add(ProductSlug(slug="thing-1", product_id=1))
    assert "It spoils soon" in client.get("/shop/thing-1").text
    client.post("/cart/add", data={"variant_id": cheese, "quantity": "1"})
    assert "It spoils soon" in client.get("/checkout").text
    order = desk.delivered(ana.person_id, (cheese, 1), (wine, 1))
    withdrawal = client.get(f"/orders/{order.key}/withdraw").text
    assert "What cannot be withdrawn from" in withdrawal and f'name="line_{order.lines[0].id}"' not in withdrawal
    address, line = f"/me/orders/{order.number}/return", f"line_{order.lines[0].id}"
    opened = member.get(address).text
    assert "It spoils soon" in opened
    sent = {**_hidden(opened), line: "y", "do": "show"}
    refused = member.post(address, data={**sent, "reason": "changed_mind"})
    assert refused.status_code == 422 and "choose that as the reason" in refused.text
    assert "Money back" in member.post(address, data={**sent, "reason": "damaged"}).text


def test_photos_of_a_fault_are_seen_by_their_buyer_and_by_staff_alone(
    db: Session, app: Flask, clerk: FlaskClient, member: FlaskClient, ana: SomebodyWithAccount, order: OrderView,
    now: datetime,
) -> None:  # fmt: skip
    assert ana.person_id is not None
    asked = service.ask_return(db, ana.person_id, wanted(order, 1), now)
    place = f"/orders/{order.key}/returns/{asked.number}"
    sent = member.post(f"{place}/photos", data={"photos": (io.BytesIO(picture()), "fault.jpg")})
    assert (sent.status_code, sent.location) == (303, f"/me/returns/{asked.number}")
    assert f"{place}/photos/1" in member.get(sent.location).text
    bad = member.post(f"{place}/photos", data={"photos": (io.BytesIO(b"no"), "fault.jpg")})
    assert bad.status_code == 422 and "This is no picture" in bad.text
    photo = member.get(f"{place}/photos/1")
    assert (photo.mimetype, photo.headers["Cache-Control"]) == ("image/jpeg", "no-store")
    assert f"/admin/returns/{asked.case_id}/photos/1" in clerk.get(f"/admin/returns/{asked.case_id}").text
    assert clerk.get(f"/admin/returns/{asked.case_id}/photos/1").data == photo.data
    assert app.test_client().get(f"/orders/{'x' * 20}/returns/{asked.number}/photos/1").status_code == 404
    assert member.get(f"{place}/slip.pdf").status_code == 404
    service.approve(db, asked.case_id, new_colleague(db, now, Role.OWNER).account_id, Role.OWNER, now)
    assert f"{place}/slip.pdf" in member.get(f"/me/returns/{asked.number}").text


def test_a_member_asks_for_something_else_and_staff_send_it_out(
    db: Session, desk: Desk, member: FlaskClient, clerk: FlaskClient, order: OrderView
) -> None:
    other = desk.till.shelf.thing("Albariño", price=2100)
    with transaction(db) as tx:
        tx.execute(update(Variant).where(Variant.id == other).values(sku="ALB-1", sku_key="ALB1"))
    address, line = f"/me/orders/{order.number}/return", order.lines[0].id
    fields = {f"line_{line}": "y", f"units_{line}": "1", "reason": "changed_mind"}
    opened = _hidden(member.get(address).text)
    unknown = member.post(address, data={**opened, **fields, f"article_{line}": "NOTHING-7", "do": "show"})
    assert (unknown.status_code, _count(db)) == (422, 0)
    assert "The shop has no article with this number." in unknown.text
    fields[f"article_{line}"] = "alb-1"
    shown = member.post(address, data={**opened, **fields, "do": "show"})
    assert "21,00\u00a0€" in shown.text and "3,00\u00a0€" in shown.text
    sent = member.post(address, data={**opened, **_hidden(shown.text), **fields, "do": "send"})
    assert "Albariño" in member.get(sent.location).text
    db.rollback()
    case_id = db.scalar(select(ReturnCase.id)) or 0
    db.rollback()
    place = f"/admin/returns/{case_id}"
    assert clerk.post(f"{place}/approve", data={"do": "yes"}).status_code == 303
    came = {f"came_{line}": "1", f"shelf_{line}": "1"}
    seen = clerk.post(f"{place}/refund", data={**came, "do": "show"})
    assert "21,00\u00a0€" in seen.text
    db.rollback()
    assert case_with(db, case_id).state == State.APPROVED
    db.rollback()
    done = clerk.post(f"{place}/refund", data={**_hidden(seen.text), **came, "do": "send"})
    assert done.status_code == 303
    case = case_with(db, case_id)
    db.rollback()
    assert case.exchange_number in clerk.get(place).text
    assert case.exchange_number in member.get(sent.location).text
    new = member.get(f"/me/orders/{case.exchange_number}").text
    assert "Albariño" in new and "Paid with what came back" in new


def test_one_place_of_the_network_asks_so_often_what_giving_back_does(
    app: Flask, db: Session, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LIMITS, "return.address", Limit(2, 3600))
    order = desk.delivered(None, (desk.till.shelf.thing("Rioja", price=2400), 2))
    fields = {f"line_{order.lines[0].id}": "y", f"units_{order.lines[0].id}": "1", "reason": "late", "do": "show"}
    guest = app.test_client()
    asked = [
        guest.post(address, data={**_hidden(guest.get(address).text), **fields})
        for address in (f"/orders/{order.key}/return", f"/orders/{order.key}/withdraw") * 2
    ]
    assert [one.status_code for one in asked] == [200, 200, 429, 429]
    assert all("Too many tries." in one.text and one.headers["Retry-After"] for one in asked[2:])
    assert _count(db) == 0


def test_a_guest_and_staff_ask_for_something_else_and_confirm_its_age(
    app: Flask, db: Session, desk: Desk, clerk: FlaskClient
) -> None:
    other = desk.till.shelf.thing("Albariño", price=2100, min_age=18)
    order = desk.delivered(None, (desk.till.shelf.thing("Juice", price=2400), 2))
    with transaction(db) as tx:
        tx.execute(update(Variant).where(Variant.id == other).values(sku="ALB-1", sku_key="ALB1"))
    line = order.lines[0].id
    fields = {f"line_{line}": "y", f"units_{line}": "1", f"article_{line}": "alb-1", "reason": "changed_mind"}
    guest, address = app.test_client(), f"/orders/{order.key}/return"
    assert address in guest.get(f"/orders/{order.key}").text
    opened = guest.get(address)
    asked = guest.post(address, data={**_hidden(opened.text), **fields, "do": "show"})
    assert asked.status_code == 422
    assert "I am 18 years old or older." in asked.text and "Tick the box to confirm the age" in asked.text
    fields |= {"asked_age": "18", "age": "y"}
    shown = guest.post(address, data={**_hidden(opened.text), **fields, "do": "show"})
    assert shown.status_code == 200 and "21,00\u00a0€" in shown.text
    sent = guest.post(address, data={**_hidden(shown.text), **fields, "do": "send"})
    assert "Albariño" in guest.get(sent.location).text
    place = f"/admin/orders/{order.number}/return"
    begun = clerk.get(place)
    del fields["age"]
    unsure = clerk.post(place, data={**_hidden(begun.text), **fields})
    assert unsure.status_code == 422 and "The buyer is 18 years old or older." in unsure.text
    done = clerk.post(place, data={**_hidden(begun.text), **fields, "age": "y"})
    assert "Albariño" in clerk.get(done.location).text
    assert _count(db) == 2
