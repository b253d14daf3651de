"""Offers in the cart: what counts by itself, what a code brings, what is missing, and what the order keeps of it."""

from datetime import date

import pytest
from sqlalchemy import update

from club.carts.models import Owner
from club.catalogue.models import Variant
from club.delivery.models import DeliveryPrice
from club.offers.models import the_offer
from club.offers.reading import vouchers_of
from club.offers.rules import Kind, Offer, Place, Way
from club.offers.service import activate, add_offer, publish
from club.permissions import Role
from club.texts import Texts
from tests.cart_world import Shelf
from tests.checkout_world import text_of
from tests.order_world import Till, open_shop
from tests.people import browser_of, new_colleague, new_signed_up_member

pytestmark = pytest.mark.usefixtures("club")


@pytest.fixture
def ana(db, now):
    return new_signed_up_member(db, now)


@pytest.fixture
def phone(app, db, now, ana):
    return browser_of(app, db, ana, now)


@pytest.fixture
def make(db, now, club):
    marc = new_colleague(db, now, Role.MARKETING)

    def offer(title, kind=Kind.AMOUNT, **said):
        given = {"amount": 500} if kind is Kind.AMOUNT else {}
        new = Offer(kind=kind, title=Texts({"en": title}), starts_on=date(2026, 1, 1), **{**given, **said})
        offer_id = add_offer(db, new, marc.account_id, Role.MARKETING, now)
        publish(db, offer_id, the_offer(db, offer_id).version, marc.account_id, Role.MARKETING, now)
        return offer_id

    return offer


def test_the_cart_says_what_counts_and_what_is_missing(phone, db, now, make):
    shelf = Shelf(db, now)
    wine, oil = shelf.thing("Rioja", price=2400), shelf.thing("Oil", price=900)
    make("Five off", place=Place.SHOP)
    make("Free delivery from 60", Kind.FREE_DELIVERY, place=Place.SHOP, least_goods=6000)
    make("Oil as a gift", Kind.GIFT, place=Place.SHOP, gift_variant_id=oil, least_goods=1000)
    phone.post("/cart/add", data={"variant_id": wine})
    page = text_of(phone.get("/cart"))
    assert "Five off" in page and "−5.00 €" in page.replace(",", ".")
    assert "36,00 € of goods more: Free delivery from 60" in page.replace("36.00", "36,00")
    assert "Gift" in page and "Oil" in page
    phone.post("/cart/add", data={"variant_id": wine, "quantity": "2"})
    assert "of goods more" not in text_of(phone.get("/cart"))


@pytest.mark.proves("F-55")
def test_a_code_is_put_in_refused_beside_its_field_and_taken_out(app, phone, db, now, ana, make):
    wine = Shelf(db, now).thing("Rioja", price=2400)
    offer_id = make("At the counter", way=Way.ACTIVATE, place=Place.COUNTER)
    activate(db, ana.person_id, offer_id, now)
    mine = make("Mine", way=Way.ACTIVATE)
    activate(db, ana.person_id, mine, now)
    eva = new_signed_up_member(db, now, name="Eva", email="eva@example.org")
    assert eva.person_id is not None
    activate(db, eva.person_id, mine, now)
    codes = {one.offer.title["en"]: one.code for one in vouchers_of(db, ana.person_id)}
    hers = vouchers_of(db, eva.person_id)[0].code
    db.rollback()
    phone.post("/cart/add", data={"variant_id": wine})

    unknown = phone.post("/cart/code", data={"code": "AAAA-BBBB-CCCC"})
    theirs = phone.post("/cart/code", data={"code": hers})
    assert unknown.status_code == theirs.status_code == 422
    words = "No voucher has this code. Check it and enter it again."
    assert words in unknown.text and words in theirs.text and f'value="{hers}"' in theirs.text
    elsewhere = phone.post("/cart/code", data={"code": codes["At the counter"]})
    assert elsewhere.status_code == 422 and "used elsewhere" in elsewhere.text

    typed = codes["Mine"].lower()
    used = phone.post("/cart/code", data={"code": f"{typed[:4]} {typed[4:8]}-{typed[8:]}"}, follow_redirects=True)
    assert "The voucher is in the cart." in used.text and "/cart/code/remove" in used.text
    voucher_id = next(one.id for one in vouchers_of(db, ana.person_id) if one.code == codes["Mine"])
    db.rollback()
    gone = phone.post("/cart/code/remove", data={"voucher_id": voucher_id}, follow_redirects=True)
    assert "/cart/code/remove" not in gone.text


def test_goods_of_a_narrow_offer_are_called_these_goods(phone, db, now, make):
    shelf = Shelf(db, now)
    wine = shelf.thing("Rioja", price=2400)
    make("Five off Rioja", place=Place.SHOP, products=(shelf.product_of(wine),), least_goods=6000)
    phone.post("/cart/add", data={"variant_id": wine})
    assert "Five off Rioja: 36,00 € of these goods more" in text_of(phone.get("/cart"))


def test_the_cart_knows_free_delivery_and_what_gifts_weigh(phone, db, now, make):
    open_shop(db)
    shelf = Shelf(db, now)
    wine, stone = shelf.thing("Rioja", price=2400), shelf.thing("Stone", price=900)
    phone.post("/cart/add", data={"variant_id": wine})
    assert "Delivery from" in text_of(phone.get("/cart"))
    make("Sent free", Kind.FREE_DELIVERY, place=Place.SHOP)
    page = text_of(phone.get("/cart"))
    assert "Free delivery by your offer" in page and "Delivery from" not in page
    db.execute(update(Variant).where(Variant.id == stone).values(weight_grams=900_000))
    db.execute(update(DeliveryPrice).values(up_to_grams=30_000))
    db.commit()
    make("A stone", Kind.GIFT, place=Place.SHOP, gift_variant_id=stone)
    assert "Delivery is added at the checkout" in text_of(phone.get("/cart"))  # too heavy for every parcel


def test_while_its_order_waits_for_the_money_the_cart_shows_what_was_ordered(phone, db, now, ana, make):
    open_shop(db)
    till = Till(db, now)
    wine = till.shelf.thing("Rioja", price=2400, on_hand=1)
    make("Five off", place=Place.SHOP, limit_member=1)
    phone.post("/cart/add", data={"variant_id": wine})
    till.order(Owner(ana.person_id))
    page = text_of(phone.get("/cart"))
    assert "A payment for this cart is open." in page and "Offer “Five off”" in page and "Rioja" in page
    assert "Your cart is empty" not in page and "Sold out" not in page
