"""One field finds people, purchases and articles; who may not see contact data finds nobody by them."""

from datetime import date, datetime

import pytest
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from club.accrual.service import record_purchase_in
from club.database import transaction
from club.members.rules import NewPerson
from club.members.service import add_identifier, new_person
from club.permissions import Role
from club.programme.rules import Club
from club.purchases.models import Purchase, PurchaseLine
from club.purchases.rules import NewLine, NewPurchase
from tests.people import SomebodyWithAccount, browser_of, new_colleague, new_signed_up_member


@pytest.fixture
def ana(db: Session, club: Club, now: datetime) -> SomebodyWithAccount:
    return new_signed_up_member(db, now, phone="+34612345678")


@pytest.fixture
def seller(app, db, ana, now):
    return browser_of(app, db, new_colleague(db, now, Role.SHOP), now, second_factor=True)


@pytest.fixture
def reader(app, db, ana, now):
    return browser_of(app, db, new_colleague(db, now, Role.READ_ONLY), now, second_factor=True)


@pytest.fixture
def bought(db: Session, ana: SomebodyWithAccount, now: datetime) -> int:
    """A purchase at the till of the shop, with an article number."""
    assert ana.person_id is not None
    new = NewPurchase(
        member_id=ana.person_id, channel="till", reference="R-77", bought_on=date(2026, 6, 1), amount=50_00,
        lines=(NewLine(amount=50_00, category="wine", quantity=1),),
    )  # fmt: skip
    with transaction(db) as tx:
        result = record_purchase_in(tx, new, None, now)
        line = tx.execute(select(PurchaseLine)).scalar_one()
        line.sku, line.description = "RIOJA-7", "Rioja, seven years"
    return result.purchase_id


def one_page(ana: SomebodyWithAccount) -> str:
    return f"/admin/customers/{ana.person_id}"


@pytest.mark.parametrize("words", ["ana@example.org", "612 345 678", "garcia ana", "+34 612 34"])
def test_who_is_found_alone_is_opened_at_once(seller, ana, words):
    answer = seller.get("/admin/search", query_string={"q": words})
    assert (answer.status_code, answer.location) == (303, one_page(ana))


def test_a_number_and_an_old_card_open_their_owner(seller, db, ana):
    with transaction(db) as tx:
        add_identifier(tx, ana.person_id, "card", "old 77")
    for words in (ana.member_number, "OLD77"):
        assert seller.get("/admin/search", query_string={"q": words}).location == one_page(ana)


def test_a_receipt_of_any_channel_opens_its_customer(seller, ana, bought):
    assert seller.get("/admin/search?q=R-77").location == one_page(ana)


def test_a_receipt_of_the_counter_opens_the_purchase(seller, db, ana, bought):
    with transaction(db) as tx:
        tx.execute(select(Purchase)).scalar_one().channel = "counter"
    assert seller.get("/admin/search?q=R-77").location == f"/admin/counter/purchases/{bought}"


def test_an_article_number_leads_to_who_bought_it(seller, ana, bought):
    assert seller.get("/admin/search?q=RIOJA-7").location == one_page(ana)


def test_several_are_listed_by_kind(seller, db, ana, bought, now):
    with transaction(db) as tx:
        new_person(tx, NewPerson(full_name="Ana Second", language="es", source="import"), None, now)
        new_person(tx, NewPerson(full_name="RIOJA Taster", language="es", source="import"), None, now)
        values = {"purchase_id": bought, "position": 2, "sku": "ana", "quantity": 1, "amount": 0}
        tx.execute(insert(PurchaseLine).values(values))
    text = seller.get("/admin/search?q=ana").text
    assert "People" in text
    assert "Purchases of this article" in text
    assert "Ana Second" in text
    assert "612345678" in text


@pytest.mark.proves("A-8.2.3")
def test_who_may_not_see_contact_data_finds_nobody_by_it_and_is_shown_none(reader, db, ana, now):
    with transaction(db) as tx:
        new_person(
            tx, NewPerson(full_name="Ana Second", language="es", source="import", email="b@x.example"), None, now
        )
    for words in ("ana@example.org", "612345678", "+34 612 34", "b@x"):
        assert reader.get("/admin/search", query_string={"q": words}).status_code == 200
    text = reader.get("/admin/search?q=ana").text
    assert "Ana García" in text
    assert "example" not in text.split("<main")[1].split("</main>")[0]
    assert "612345678" not in text


@pytest.mark.proves("F-43")
@pytest.mark.parametrize("words", ["<script>alert(1)</script>", "'\"><b>", "%", "_", "\0", "x" * 300, "🍷", "{{7*7}}"])
def test_hostile_words_are_shown_as_words(seller, words):
    answer = seller.get("/admin/search", query_string={"q": words})
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    assert "<b>" not in answer.text
    assert "«49»" not in answer.text


def test_an_empty_search_says_what_can_be_typed(seller):
    assert "Type a name" in seller.get("/admin/search").text


def test_a_search_asks_the_database_a_few_times(seller, ana, count_queries):
    seller.get("/admin/search?q=nobodyknows")
    with count_queries() as queries:
        assert seller.get("/admin/search?q=nobodyknows").status_code == 200
    assert len(queries) <= 15
