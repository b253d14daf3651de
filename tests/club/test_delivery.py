"""Ways, zones, rates and rules as staff write them down: permissions, the log, what is remembered, addresses."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from club.audit import AuditEntry, AuditWords
from club.catalogue.rules.products import TaxClass
from club.database import transaction
from club.delivery import service
from club.delivery.addresses import save, save_own, saved_of
from club.delivery.countries import countries_to_buy, countries_to_receive, rule_for
from club.delivery.quoting import quotes, ways
from club.delivery.rules import Kind, Method, PriceRow, Rate, Rule, Saved, Zone
from club.delivery.taxes import rates, rates_for
from club.errors import BadDelivery, ChangedMeanwhile, NotAllowed, NotFound, RateTaken, ZoneInUse
from club.permissions import Role
from club.texts import Texts
from tests.people import new_colleague, new_signed_up_member

SPAIN = Zone(name="Spain", countries=("ES",))
VAT = Rate(country="ES", tax_class=TaxClass.STANDARD, rate=21_00, from_on=date(2012, 9, 1))


@pytest.fixture
def owner(db, club, now):
    return new_colleague(db, now, Role.OWNER).account_id


def home(zone_id, price=5_90):
    return Method(
        kind=Kind.SHIP,
        name=Texts({"en": "Home delivery"}),
        words=Texts({}),
        days_from=2,
        days_to=4,
        prices=(PriceRow(zone_id=zone_id, price=price),),
    )


def acts(db):
    about = AuditEntry.subject.in_(["zone", "delivery", "tax_rate", "country"])
    return list(db.scalars(select(AuditEntry.act).where(about).order_by(AuditEntry.id)))


def test_a_way_is_offered_as_soon_as_it_is_written_down_and_costs_no_query_to_know(db, owner, now, count_queries):
    assert quotes(db, "ES", "26200", 1500, 20_00) == []
    zone_id = service.add_zone(db, SPAIN, owner, Role.OWNER, now)
    method_id = service.add_method(db, home(zone_id), owner, Role.OWNER, now)
    (offered,) = quotes(db, "ES", "26200", 1500, 20_00)
    assert (offered.method_id, offered.price, offered.days_from, offered.days_to) == (method_id, 5_90, 2, 4)
    rates_for(db, "ES", "26200", now.date())
    with count_queries() as asked:
        assert quotes(db, "ES", "26200", 1500, 20_00) == [offered]
        assert quotes(db, "FR", "75001", 1500, 20_00) == []
        assert rates_for(db, "ES", "26200", now.date())["standard"] == 0
    assert len(asked) == 0


def test_a_changed_way_counts_at_once_and_a_second_writer_is_told(db, owner, now):
    zone_id = service.add_zone(db, SPAIN, owner, Role.OWNER, now)
    method_id = service.add_method(db, home(zone_id), owner, Role.OWNER, now)
    service.change_method(db, method_id, home(zone_id, 7_00), 1, owner, Role.OWNER, now)
    with pytest.raises(ChangedMeanwhile):
        service.change_method(db, method_id, home(zone_id, 1), 1, owner, Role.OWNER, now)
    with pytest.raises(BadDelivery):
        service.change_method(db, method_id, home(zone_id + 1), 2, owner, Role.OWNER, now)
    assert [one.price for one in quotes(db, "ES", "26200", 0, 20_00)] == [7_00]
    service.change_method(db, method_id, replace(home(zone_id), is_active=False), 2, owner, Role.OWNER, now)
    assert quotes(db, "ES", "26200", 0, 20_00) == []
    assert acts(db) == ["zone.added", "delivery.added", "delivery.changed", "delivery.changed"]


def test_ways_stand_in_the_order_that_staff_give_them(db, owner, now):
    zone_id = service.add_zone(db, SPAIN, owner, Role.OWNER, now)
    first, second = (service.add_method(db, home(zone_id), owner, Role.OWNER, now) for _ in range(2))
    service.move_method(db, second, -1, owner, Role.OWNER, now)
    service.move_method(db, second, -1, owner, Role.OWNER, now)
    assert [method.id for method in ways(db).methods] == [second, first]


def test_a_zone_is_changed_once_and_removed_when_nothing_is_priced_into_it(db, owner, now):
    zone_id = service.add_zone(db, SPAIN, owner, Role.OWNER, now)
    service.add_method(db, home(zone_id), owner, Role.OWNER, now)
    islands = Zone(name="Islands", countries=("ES",), postcodes=("07",))
    service.change_zone(db, zone_id, islands, 1, owner, Role.OWNER, now)
    with pytest.raises(ChangedMeanwhile):
        service.change_zone(db, zone_id, SPAIN, 1, owner, Role.OWNER, now)
    with pytest.raises(BadDelivery):
        service.add_zone(db, islands, owner, Role.OWNER, now)
    with pytest.raises(ZoneInUse):
        service.remove_zone(db, zone_id, owner, Role.OWNER, now)
    assert [quotes(db, "ES", postcode, 0, 0) != [] for postcode in ("07001", "26200")] == [True, False]
    free = service.add_zone(db, SPAIN, owner, Role.OWNER, now)
    service.remove_zone(db, free, owner, Role.OWNER, now)
    assert [zone.name for zone in ways(db).zones] == ["Islands"]
    told = db.scalars(select(AuditWords.words).join(AuditEntry).where(AuditEntry.act == "zone.changed")).one()
    assert told == {"name": ["Spain", "Islands"], "postcodes": ["", "07"]}


def test_a_rate_is_written_down_once_and_can_be_taken_out(db, owner, now):
    rate_id = service.add_rate(db, VAT, owner, Role.OWNER, now)
    service.add_rate(db, replace(VAT, postcodes=("38", "35"), rate=0), owner, Role.OWNER, now)
    with pytest.raises(RateTaken):
        service.add_rate(db, replace(VAT, rate=20_00), owner, Role.OWNER, now)
    assert [rates_for(db, "ES", code, now.date())["standard"] for code in ("26200", "38001")] == [21_00, 0]
    service.remove_rate(db, rate_id, owner, Role.OWNER, now)
    with pytest.raises(NotFound):
        service.remove_rate(db, rate_id, owner, Role.OWNER, now)
    assert [(one.postcodes, one.rate) for one in rates(db)] == [(("35", "38"), 0)]
    assert acts(db) == ["tax_rate.added", "tax_rate.added", "tax_rate.removed"]


def test_without_a_rule_the_own_country_may_do_all_and_others_nothing(db, owner, now):
    assert rule_for(db, "ES") == Rule(country="ES")
    assert not any((rule_for(db, "FR").may_buy, rule_for(db, "FR").may_receive, rule_for(db, "FR").may_join))
    service.save_rule(db, Rule(country="FR", may_join=False), 0, owner, Role.OWNER, now)
    service.save_rule(db, Rule(country="CH", may_receive=False, min_age=16), 0, owner, Role.OWNER, now)
    assert (countries_to_buy(db), countries_to_receive(db)) == (["ES", "CH", "FR"], ["ES", "FR"])
    with pytest.raises(ChangedMeanwhile):
        service.save_rule(db, Rule(country="FR"), 0, owner, Role.OWNER, now)
    service.save_rule(db, Rule(country="FR", most_value=100_00), 1, owner, Role.OWNER, now)
    assert rule_for(db, "FR") == Rule(country="FR", most_value=100_00, version=2)
    service.remove_rule(db, "FR", owner, Role.OWNER, now)
    assert countries_to_buy(db) == ["ES", "CH"]
    assert acts(db) == ["country.saved"] * 3 + ["country.removed"]


@pytest.mark.proves("A-8.2.1")
def test_only_who_may_change_the_shop_changes_delivery(db, owner, now):
    for role in (Role.MARKETING, Role.SHOP, Role.SUPPORT, Role.READ_ONLY):
        for act in (
            lambda role: service.add_zone(db, SPAIN, owner, role, now),
            lambda role: service.change_zone(db, 1, SPAIN, 1, owner, role, now),
            lambda role: service.remove_zone(db, 1, owner, role, now),
            lambda role: service.add_method(db, home(1), owner, role, now),
            lambda role: service.change_method(db, 1, home(1), 1, owner, role, now),
            lambda role: service.move_method(db, 1, 1, owner, role, now),
            lambda role: service.add_rate(db, VAT, owner, role, now),
            lambda role: service.remove_rate(db, 1, owner, role, now),
            lambda role: service.save_rule(db, Rule(country="FR"), 0, owner, role, now),
            lambda role: service.remove_rule(db, "FR", owner, role, now),
        ):
            with pytest.raises(NotAllowed):
                act(role)
    assert (ways(db).zones, ways(db).methods, rates(db), acts(db)) == ((), (), (), [])


def test_a_new_club_begins_with_a_pick_up_and_keeps_what_it_has(db, club, now):
    service.set_up_pickup(db, now)
    service.set_up_pickup(db, now)
    (offered,) = quotes(db, "ES", "", 0, 100_00)
    assert (offered.kind, offered.price, len(offered.name)) == (Kind.PICKUP, 0, 3)


def test_a_member_keeps_one_address_and_the_newest_one(db, club, now):
    who = new_signed_up_member(db, now).person_id
    other = new_signed_up_member(db, now, name="Luis", email="luis@example.org").person_id
    assert who is not None and other is not None
    assert saved_of(db, who) is None
    first = Saved(full_name="Carmen Ruiz", country="ES", address="Calle Mayor 1", postcode="26200", city="Haro")
    save_own(db, who, first)
    moved = replace(first, address="Plaza de la Paz 2", phone="+34 600 000 000")
    with transaction(db) as tx:
        save(tx, who, moved)
    assert (saved_of(db, who), saved_of(db, other)) == (moved, None)
