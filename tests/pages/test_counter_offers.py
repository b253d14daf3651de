"""Offers at the counter: a code is scanned with a sale, its effect shown before saving, and undone with it."""

import re
from datetime import date

import pytest
from sqlalchemy import select

from club.offers.codes import in_groups
from club.offers.models import VOUCHERS, the_offer
from club.offers.reading import vouchers_of
from club.offers.rules import Kind, Offer, Place, Way
from club.offers.service import activate, add_offer, publish
from club.permissions import Role
from club.texts import Texts
from tests.cart_world import Shelf
from tests.checkout_world import form_of
from tests.people import browser_of, new_colleague, new_signed_up_member

pytestmark = pytest.mark.usefixtures("club")


@pytest.fixture
def ana(db, now):
    return new_signed_up_member(db, now)


@pytest.fixture
def clerk(app, db, now, club):
    return browser_of(app, db, new_colleague(db, now, Role.SHOP), now, second_factor=True)


@pytest.fixture
def code(db, now, ana, club):
    """Of a voucher of hers: five off at the counter, redeemed or activated elsewhere."""
    by = new_colleague(db, now, Role.MARKETING).account_id
    five = Offer(
        kind=Kind.AMOUNT, amount=500, title=Texts({"en": "Five off"}), way=Way.ACTIVATE, place=Place.COUNTER,
        starts_on=date(2026, 1, 1),
    )  # fmt: skip
    offer_id = add_offer(db, five, by, Role.MARKETING, now)
    publish(db, offer_id, the_offer(db, offer_id).version, by, Role.MARKETING, now)
    activate(db, ana.person_id, offer_id, now)
    found = vouchers_of(db, ana.person_id)[0].code
    db.rollback()
    return found


def text_of(page):
    return " ".join(re.sub(r"<[^>]+>", " ", page.text).replace("\u00a0", " ").split())


def state(db):
    db.rollback()
    return db.scalars(select(VOUCHERS.c.state)).one()


def test_a_voucher_counts_once_its_effect_was_shown_and_comes_back_with_the_sale(clerk, db, ana, code):
    address = f"/admin/counter/{ana.person_id}"
    scanned = clerk.get(f"/admin/counter?q={code}")
    assert "This is the code of a voucher." in text_of(scanned) and f'value="{code}"' in scanned.text
    refused = clerk.post("/admin/counter/voucher", data={"code": "AAAA"})
    assert refused.status_code == 422 and "No voucher has this code." in text_of(refused)
    found = clerk.post("/admin/counter/voucher", data={"code": code})
    assert found.location.partition("?")[0] == address and "Ana García" in clerk.get(found.location).text
    typed = {**form_of(clerk.get(found.location), address).values, "amount": "40"}
    assert typed["code"].replace("-", "") == code
    shown = clerk.post(address, data={**typed, "do": "show"})
    assert "Five off: 5 € off −5,00 €" in text_of(shown) and "To be paid: 35,00 €" in text_of(shown)
    assert state(db) == "active"

    sent = {**form_of(shown, address).values, "do": "save"}
    saved = clerk.post(address, data=sent)
    assert saved.status_code == 303 and state(db) == "used"
    again = clerk.post(address, data=sent)
    assert again.location == saved.location  # sent twice, it counts once
    assert "Five off −5,00 €" in text_of(clerk.get(saved.location))
    clerk.post(f"{saved.location}/undo")
    assert state(db) == "active"


def test_a_code_that_is_not_theirs_is_said_beside_its_field(clerk, db, now, ana, code):
    other = new_signed_up_member(db, now, name="Eva", email="eva@example.org")
    address = f"/admin/counter/{other.person_id}"
    typed = {**form_of(clerk.get(address), address).values, "amount": "40", "code": code, "do": "show"}
    refused = clerk.post(address, data=typed)
    assert refused.status_code == 422 and "No voucher has this code." in text_of(refused)
    assert f'value="{code}"' in refused.text and state(db) == "active"


def test_a_gift_is_named_with_its_sale_and_handed_over_without_one(clerk, db, now, ana):
    by = new_colleague(db, now, Role.MARKETING).account_id
    glass = Shelf(db, now).thing("Wine glass", price=700)
    gift = Offer(
        kind=Kind.GIFT, gift_variant_id=glass, gift_quantity=2, title=Texts({"en": "Welcome"}), way=Way.ACTIVATE,
        place=Place.COUNTER, starts_on=date(2026, 1, 1),
    )  # fmt: skip
    offer_id = add_offer(db, gift, by, Role.MARKETING, now)
    publish(db, offer_id, the_offer(db, offer_id).version, by, Role.MARKETING, now)
    activate(db, ana.person_id, offer_id, now)
    code = vouchers_of(db, ana.person_id)[0].code
    db.rollback()

    address = f"/admin/counter/{ana.person_id}"
    typed = {**form_of(clerk.get(address), address).values, "amount": "40", "do": "show"}
    assert "Wine glass" not in text_of(clerk.post(address, data=typed))
    assert "Welcome: A gift: Wine glass × 2" in text_of(clerk.post(address, data={**typed, "code": code}))

    assert clerk.post(f"{address}/gift", data={"code": "AAAA"}).status_code == 422
    found = clerk.post("/admin/counter/voucher", data={"code": code})
    assert found.location.partition("?")[0] == f"{address}/gift" and in_groups(code) in clerk.get(found.location).text
    given = clerk.post(f"{address}/gift", data={"code": code})
    page = clerk.get(given.location)
    assert "Handed over: Welcome: Wine glass × 2" in text_of(page) and state(db) == "used"
    assert "used already" in text_of(clerk.post(f"{address}/gift", data={"code": code}))
    undo = re.search(r'action="([^"]+/undo)"', page.text)
    assert undo is not None
    assert "good again" in text_of(clerk.post(undo[1], follow_redirects=True)) and state(db) == "active"
