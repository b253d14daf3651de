"""Delivery, zones, taxes and countries on the staff's pages; what shoppers see of them; a member's own address."""

import re
from datetime import date
from typing import Any

import pytest

from club.catalogue.rules.products import TaxClass
from club.delivery.addresses import saved_of
from club.delivery.countries import rule_for
from club.delivery.quoting import quotes, ways
from club.delivery.rules import Kind, Method, PriceRow, Rate, Rule, Saved, Zone
from club.delivery.service import add_method, add_rate, add_zone, save_rule
from club.delivery.taxes import rates, rates_for
from club.permissions import Role
from club.texts import Texts
from tests.cart_world import Shelf
from tests.people import browser_of, new_colleague, new_signed_up_member
from tests.shelf_world import put_out

pytestmark = pytest.mark.usefixtures("club")

WAY = {
    "kind": "ship",
    "name_en": "Home delivery",
    "name_es": "A domicilio",
    "tax_class": "standard",
    "free_from": "60",
    "days_from": "2",
    "days_to": "4",
    "is_active": "y",
    "price_1": "5.90",
    "grams_1": "10000",
    "price_2": "9.90",
    "price_3": "",
}


@pytest.fixture
def office(app, db, now):
    return browser_of(app, db, new_colleague(db, now, Role.MANAGER), now, second_factor=True)


@pytest.fixture
def shipped(db, now):
    """Spain for 5.90, free from 60; Portugal for 14.90; 21 % and 23 % inside, nothing in the Canaries."""
    by = {"by": None, "role": Role.MANAGER, "now": now}
    for country, price, rate in (("ES", 5_90, 21_00), ("PT", 14_90, 23_00)):
        zone = add_zone(db, Zone(name=country, countries=(country,)), **by)
        way = Method(
            kind=Kind.SHIP,
            name=Texts({"en": f"To {country}"}),
            words=Texts({}),
            free_from=60_00 if country == "ES" else None,
            prices=(PriceRow(zone_id=zone, price=price),),
        )
        add_method(db, way, **by)
        add_rate(db, Rate(country=country, tax_class=TaxClass.STANDARD, rate=rate, from_on=date(2012, 9, 1)), **by)
        save_rule(db, Rule(country=country), 0, **by)
    db.rollback()


def text_of(answer):
    return re.sub("</?strong[^>]*>", "", answer.text).replace("\u00a0", " ")


def test_a_zone_and_a_way_are_made_on_their_pages_and_sell_at_once(office, db):
    zone = {"name": "Peninsula", "countries": ["ES"], "not_postcodes": "51, 52"}
    assert office.post("/admin/shop/zones/new", data=zone).status_code == 303
    db.rollback()
    zone_id = ways(db).zones[0].id
    made = office.post("/admin/shop/delivery/new", data={**WAY, "zone_1": zone_id, "zone_2": zone_id})
    assert (made.status_code, made.location) == (303, "/admin/shop/delivery")
    db.rollback()
    assert [one.price for one in quotes(db, "ES", "26200", 8_000, 20_00)] == [5_90]
    assert [one.price for one in quotes(db, "ES", "26200", 12_000, 20_00)] == [9_90]
    assert quotes(db, "ES", "51001", 8_000, 20_00) == []
    page = text_of(office.get("/admin/shop/delivery"))
    assert "Peninsula: 5,90 €, up to 10 kg" in page
    assert "2 to 4 working days" in page


def test_what_was_typed_wrong_is_said_at_its_field_and_kept(office, db):
    answer = office.post("/admin/shop/delivery/new", data={**WAY, "name_en": "", "grams_1": "1.5", "zone_1": ""})
    assert answer.status_code == 422
    assert "Enter the name in English." in answer.text
    assert "Enter a whole number" in answer.text
    assert 'value="5.90"' in answer.text
    answer = office.post("/admin/shop/delivery/new", data={**WAY, "zone_1": "", "zone_2": ""})
    assert answer.status_code == 422
    assert "Each price of a delivery needs a zone" in answer.text
    nowhere = office.post("/admin/shop/zones/new", data={"name": "Nowhere"})
    assert nowhere.status_code == 422
    assert "Choose at least one country." in nowhere.text
    db.rollback()
    assert (ways(db).methods, ways(db).zones) == ((), ())


def test_more_rows_are_made_without_saving_anything(office, db):
    page = office.post("/admin/shop/delivery/new", data={**WAY, "do": "more"})
    assert page.status_code == 200
    assert 'name="price_6"' in page.text
    assert 'value="9.90"' in page.text
    db.rollback()
    assert ways(db).methods == ()


def test_ways_are_changed_put_in_order_and_a_second_writer_is_told(office, db, shipped):
    first, second = (method.id for method in ways(db).methods)
    form = {**WAY, "kind": "pickup", "zone_1": "", "zone_2": "", "price_2": "", "grams_1": "", "version": "1"}
    assert office.post(f"/admin/shop/delivery/{second}", data=form).status_code == 303
    answer = office.post(f"/admin/shop/delivery/{second}", data=form)
    assert answer.status_code == 422
    assert "Somebody changed this meanwhile" in answer.text
    assert office.post(f"/admin/shop/delivery/{second}/up").status_code == 303
    db.rollback()
    assert [(method.id, method.kind.value) for method in ways(db).methods] == [(second, "pickup"), (first, "ship")]
    assert office.get("/admin/shop/delivery/999999").status_code == 404


def test_a_zone_with_prices_stays_and_an_unused_one_goes(office, db, shipped):
    used = ways(db).zones[0].id
    refused = office.post(f"/admin/shop/zones/{used}/remove", follow_redirects=True)
    assert "A way of delivery has a price for this zone" in refused.text
    office.post("/admin/shop/zones/new", data={"name": "Spare", "countries": ["FR"]})
    db.rollback()
    spare = next(zone for zone in ways(db).zones if zone.name == "Spare")
    wider = {"name": "Spare", "countries": ["FR", "DE"], "version": "1"}
    assert office.post(f"/admin/shop/zones/{spare.id}", data=wider).status_code == 303
    assert "The zone is removed." in office.post(f"/admin/shop/zones/{spare.id}/remove", follow_redirects=True).text
    db.rollback()
    assert [zone.name for zone in ways(db).zones] == ["ES", "PT"]


def test_a_rate_is_written_down_with_its_first_day_and_taken_out(office, db, shipped, now):
    rate = {
        "country": "ES", "postcodes": "35, 38", "tax_class": "standard", "rate": "5.5 %",
        "from_on-day": "1", "from_on-month": "7", "from_on-year": "2026",
    }  # fmt: skip
    assert office.post("/admin/shop/taxes", data=rate).status_code == 303
    again = office.post("/admin/shop/taxes", data=rate)
    assert again.status_code == 422
    assert "There is a rate for this place, class and day already." in again.text
    db.rollback()
    assert [rates_for(db, "ES", "38001", day)["standard"] for day in (now.date(), date(2026, 7, 1))] == [21_00, 5_50]
    page = text_of(office.get("/admin/shop/taxes"))
    assert "planned" in page
    assert "5,5%" in page
    planned = next(one for one in rates(db) if one.postcodes)
    assert office.post(f"/admin/shop/taxes/{planned.id}/remove").status_code == 303
    assert office.post(f"/admin/shop/taxes/{planned.id}/remove").status_code == 404


def test_a_country_that_parcels_go_to_without_a_rate_is_named(office, db, shipped):
    assert "no rate is set" not in office.get("/admin/shop/taxes").text
    form = {"may_buy": "y", "may_receive": "y", "min_age": "21", "most_value": "150", "version": "0"}
    assert office.post("/admin/shop/countries/NO", data=form).status_code == 303
    db.rollback()
    rule = rule_for(db, "NO")
    assert (rule.may_receive, rule.may_spend_points, rule.min_age, rule.most_value) == (True, False, 21, 150_00)
    assert "so their prices hold no tax: Norway" in office.get("/admin/shop/taxes").text
    assert "parcels of up to 150,00 €" in text_of(office.get("/admin/shop/countries"))
    assert office.get("/admin/shop/countries?code=SE").location == "/admin/shop/countries/SE"
    assert office.post("/admin/shop/countries/NO/remove").status_code == 303
    assert office.post("/admin/shop/countries/NO/remove").status_code == 404


@pytest.mark.proves("A-8.2.1")
def test_a_clerk_sees_nothing_of_it(app, db, now):
    clerk = browser_of(app, db, new_colleague(db, now, Role.SHOP), now, second_factor=True)
    for page in ("delivery", "delivery/new", "zones", "zones/new", "taxes", "countries", "countries/ES"):
        assert clerk.get(f"/admin/shop/{page}").status_code == 403
    assert "/admin/shop/delivery" not in clerk.get("/admin").text


def test_the_cart_says_the_tax_inside_and_what_sending_costs(app, client, db, now, shipped):
    bottle = Shelf(db, now).thing(price=24_20)
    client.post("/cart/add", data={"variant_id": bottle, "quantity": 1})
    page = text_of(client.get("/cart"))
    assert "Includes 4,20 € tax." in page
    assert "Delivery from 5,90 €, free of charge from 60,00 €: 35,80 € more to go." in page
    client.post("/cart/change", data={"variant_id": bottle, "quantity": 3})
    assert "Enough for delivery free of charge" in client.get("/cart").text
    put_out(db, "Rioja", sku="RIO-1", stock=9)
    assert "Delivery from 5,90 €, free of charge from 60,00 €." in text_of(client.get("/shop/rio-1-en"))


def test_a_club_that_set_up_nothing_promises_nothing(client, db, now, club):
    client.post("/cart/add", data={"variant_id": Shelf(db, now).thing(), "quantity": 1})
    page = client.get("/cart").text
    assert "Includes" not in page
    assert "Delivery from" not in page


def test_a_member_keeps_their_own_address(app, db, now, shipped):
    member = new_signed_up_member(db, now, phone="+34 600 100 200")
    assert member.person_id is not None
    browser = browser_of(app, db, member, now)
    page = browser.get("/me/address").text
    assert 'value="Ana García"' in page
    assert 'value="+34600100200"' in page
    assert '<option value="PT">' in page
    typed: dict[str, Any] = {
        "full_name": "Ana García", "address": "Rua Augusta 5", "postcode": "1100-148", "city": "Lisboa",
        "country": "PT", "phone": "+351 912 345 678",
    }  # fmt: skip
    assert browser.post("/me/address", data={**typed, "city": ""}).status_code == 422
    assert browser.post("/me/address", data={**typed, "country": "US"}).status_code == 422
    assert saved_of(db, member.person_id) is None
    assert browser.post("/me/address", data=typed).status_code == 303
    db.rollback()
    assert saved_of(db, member.person_id) == Saved(**typed)
