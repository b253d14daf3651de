"""The front door: what a club promises follows from its rules."""

from datetime import date

import pytest
from sqlalchemy import insert, update

from club.accrual.models import EarningRule
from club.database import transaction
from club.programme.models import Programme
from club.programme.service import touch
from club.texts import Texts
from club.tiers.models import LadderVersion, RungRow

pytestmark = pytest.mark.usefixtures("club")

ENGLISH = {"Accept-Language": "en"}
RUNGS = (
    ("member", "Member", 0, 0, 100, 0),
    ("silver", "Silver", 50_000, 3, 125, 0),
    ("gold", "Gold", 150_000, 6, 150, 5),
)


@pytest.fixture
def tiers_and_rules(db, club, now):
    """Three tiers, one point for one euro, 200 points as a welcome."""
    first = {"starts_on": date(2026, 1, 1), "created_at": now}
    with transaction(db) as tx:
        version = tx.execute(
            insert(LadderVersion)
            .values(window="last_12_months", routes="any", validity_months=12, grace_days=30, fall="one_rung", **first)
            .returning(LadderVersion.id)
        ).scalar_one()
        for position, (key, name, spend, purchases, multiplier, discount) in enumerate(RUNGS):
            tx.execute(
                insert(RungRow).values(
                    version_id=version,
                    position=position,
                    key=key,
                    name=Texts({"en": name, "es": f"{name} ES"}),
                    spend=spend,
                    purchases=purchases,
                    qualifying_points=0,
                    by_invitation=False,
                    multiplier_percent=multiplier,
                    discount_percent=discount,
                )
            )
        tx.execute(insert(EarningRule).values(kind="base", name=Texts({}), points=1, per_amount=100, **first))
        tx.execute(insert(EarningRule).values(kind="bonus", name=Texts({}), points=200, act="join", **first))
        touch(tx)


def words(answer):
    """The page's text as a person reads it: one space between words."""
    return " ".join(answer.get_data(as_text=True).replace("\u00a0", " ").split())


def test_a_club_without_tiers_and_rules_promises_nothing_it_cannot_keep(client):
    page = words(client.get("/", headers=ENGLISH))
    assert "Our club" in page
    assert "Free of charge" in page
    assert "Tiers and what they bring" not in page
    assert "Work out what you would earn" not in page
    assert "Every member has the same benefits from the first day." in words(client.get("/benefits", headers=ENGLISH))


@pytest.mark.usefixtures("tiers_and_rules")
def test_the_front_page_says_the_numbers(client):
    page = words(client.get("/", headers=ENGLISH))
    assert "for every 1 € you spend. 100 points are worth 1 €." in page
    assert "×1,5" in page
    assert "500 € or 3 purchases" in page
    assert page.count('<p class="big num">') == 3


@pytest.mark.usefixtures("tiers_and_rules")
@pytest.mark.parametrize("spend", ["1500", "1.500", "1 500", "1,500.00", "1.500,00 €"])
def test_the_calculator_takes_amounts_as_people_type_them(client, spend):
    answer = client.get("/", query_string={"spend": spend, "purchases": "5"}, headers=ENGLISH)
    assert answer.status_code == 200
    page = words(answer)
    assert '<p class="tier-name">Gold</p>' in page
    assert "1.725 points" in page
    assert "17,25 €" in page


@pytest.mark.usefixtures("tiers_and_rules")
def test_the_calculator_keeps_what_was_typed_and_says_what_to_do(client):
    answer = client.get("/", query_string={"spend": "a lot", "purchases": "0"}, headers=ENGLISH)
    page = words(answer)
    assert answer.status_code == 422
    assert "<title>Error: " in page
    assert page.count("Enter an amount, as in 1.234,50 €.") == 2
    assert page.count("Enter 1 or more.") == 2
    assert 'value="a lot"' in page
    assert 'href="#spend"' in page
    assert 'aria-describedby="spend-hint spend-error"' in page


@pytest.mark.usefixtures("tiers_and_rules")
def test_the_benefits_page_compares_every_tier(client):
    page = words(client.get("/benefits", headers={"Accept-Language": "es"}))
    assert all(f"{name} ES" in page for name in ("Member", "Silver", "Gold"))
    assert page.count("1.500 €") == 1


@pytest.mark.usefixtures("tiers_and_rules")
def test_a_phone_compares_the_two_tiers_that_were_chosen(client):
    page = words(client.get("/benefits?one=silver&two=gold", headers=ENGLISH))
    assert '<option value="silver" selected>' in page
    assert '<option value="gold" selected>' in page
    assert '<th scope="col" class="not-compared">' in page
    assert client.get("/benefits?one=nothing&two=../x").status_code == 200


def test_the_name_of_a_club_cannot_break_out_of_the_page(client, db, club):
    with transaction(db) as tx:
        tx.execute(update(Programme).values(name=Texts({"en": "<script>alert(1)</script> & Co"})))
    page = client.get("/", headers=ENGLISH).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; Co" in page
