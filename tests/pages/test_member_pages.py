"""Home, statement and tier page of a member: what they say, and how much they ask of the database."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from club.accrual.rules import AllRules, BaseRate
from club.accrual.service import record_purchase, set_rules
from club.benefits.rules import Benefit, Cell, Gives
from club.benefits.rules import Kind as BenefitKind
from club.benefits.service import add_benefit
from club.benefits.using import NewUse, record_use
from club.permissions import Role
from club.purchases.rules import NewPurchase
from club.texts import Texts
from club.tiers.rules import Ladder, Rung
from club.tiers.service import set_ladder
from tests.people import SomebodyWithAccount, browser_of, new_colleague, new_signed_up_member

pytestmark = pytest.mark.usefixtures("club")

Buy = Callable[[date, int], None]
START = date(2024, 1, 1)
QUERIES = 12


@pytest.fixture
def ana(db: Session, now: datetime) -> SomebodyWithAccount:
    """A member in a club with three rungs where 1 € brings 2 points."""
    set_rules(db, AllRules(bases=(BaseRate(points=2, per_amount=100, starts_on=START),)), None, Role.OWNER, now)
    names = {"member": "Member", "silver": "Silver", "gold": "Gold"}
    asks = {"member": (0, 0), "silver": (30_000, 4), "gold": (100_000, 10)}
    rungs = tuple(
        Rung(
            key=key,
            name=Texts({"en": name}),
            spend=asks[key][0],
            purchases=asks[key][1],
            multiplier_percent=150 if key == "gold" else 100,
        )
        for key, name in names.items()
    )
    set_ladder(db, Ladder(rungs), START, None, now)
    return new_signed_up_member(db, now, name="Ana <Ruiz>")


@pytest.fixture
def buy(db: Session, ana: SomebodyWithAccount) -> Buy:
    assert ana.person_id is not None
    member_id = ana.person_id

    def buy(day: date, amount: int) -> None:
        new = NewPurchase(member_id=member_id, channel="counter", bought_on=day, amount=amount)
        record_purchase(
            db, new, None, Role.OWNER, datetime.combine(day, datetime.min.time(), UTC) + timedelta(hours=12)
        )

    return buy


@pytest.fixture
def as_ana(app: Flask, db: Session, ana: SomebodyWithAccount, now: datetime) -> FlaskClient:
    """Signed in as Ana."""
    return browser_of(app, db, ana, now)


def test_home_says_points_worth_expiry_tier_and_what_is_missing(as_ana: FlaskClient, buy: Buy) -> None:
    buy(date(2026, 2, 1), 25_000)
    page = as_ana.get("/me").text
    for said in ("500", "5,00\xa0€", "Member level", "50,00\xa0€", "3 purchases", "Silver"):
        assert said in page, said
    assert "Ana &lt;Ruiz&gt;" in page


def test_home_of_a_new_member_says_what_the_first_purchase_brings(as_ana: FlaskClient) -> None:
    page = as_ana.get("/me").text
    assert "Your first purchase brings you" in page
    assert "Show your card with your first purchase" in page


def test_the_statement_adds_up(as_ana: FlaskClient, buy: Buy) -> None:
    for day, amount in ((date(2025, 3, 1), 10_000), (date(2026, 3, 1), 20_000), (date(2026, 4, 1), 5_000)):
        buy(day, amount)
    table = as_ana.get("/me/points.csv?period=all").text.lstrip("\ufeff").splitlines()
    assert [line.split(",")[-3:] for line in table[1:]] == [
        ["100", "0", "700"],
        ["400", "0", "600"],
        ["200", "0", "200"],
    ]
    page = as_ana.get("/me/points").text
    assert "Balance when the period begins" in page


def test_the_statement_shows_the_kind_that_is_asked_for(as_ana: FlaskClient, buy: Buy) -> None:
    buy(date(2026, 3, 1), 20_000)
    assert "Nothing matches this choice." in as_ana.get("/me/points?kind=expired").text
    assert "2\xa0points per 1\xa0€" in as_ana.get("/me/points?kind=earned").text


@pytest.mark.parametrize("query", ["period=days", "period=days&first-day=x", "period=forever", "kind=nonsense"])
def test_a_period_that_cannot_be_meant_is_said_at_the_form(as_ana: FlaskClient, query: str) -> None:
    answer = as_ana.get(f"/me/points?{query}")
    assert answer.status_code == 422
    assert "error-summary" in answer.text


def test_a_page_beyond_every_number_of_the_database_is_empty(as_ana: FlaskClient) -> None:
    assert as_ana.get("/me/points?page=99999999999999999999999").status_code == 200


def test_the_simulator_says_what_the_rule_would_do(as_ana: FlaskClient, buy: Buy) -> None:
    buy(date(2026, 2, 1), 25_000)
    page = as_ana.get("/me/tier?amount=60&purchases=1&month=2026-08").text
    assert "Silver level from 31 August 2026, valid until 31 August 2027." in page
    assert "120\xa0points" in page


@pytest.mark.parametrize(
    "query", ["amount=-5&purchases=1&month=2026-08", "amount=60&purchases=0&month=1999-01", "amount="]
)
def test_the_simulator_refuses_what_cannot_be_bought(as_ana: FlaskClient, query: str) -> None:
    answer = as_ana.get(f"/me/tier?{query}")
    assert answer.status_code == 422
    assert "error-summary" in answer.text


def test_the_tier_page_lists_what_counts_and_how_it_came(as_ana: FlaskClient, buy: Buy) -> None:
    buy(date(2026, 2, 1), 120_000)
    page = as_ana.get("/me/tier").text
    for said in ("Gold level", "Reached by purchases", "You are at the highest level", "1 February 2026"):
        assert said in page, said


def test_the_tier_page_says_what_was_used_of_a_benefit_this_year(
    db: Session, ana: SomebodyWithAccount, as_ana: FlaskClient, now: datetime
) -> None:
    cells = {"member": Cell(Gives.TIMES, 4)}
    tasting = Benefit(Texts({"en": "Tasting"}), Texts({}), BenefitKind.EMOTIONAL, 35_00, None, cells)
    by = new_colleague(db, now, Role.OWNER).account_id
    benefit_id = add_benefit(db, tasting, by, Role.OWNER, now)
    assert ana.person_id is not None and "this year" not in as_ana.get("/me/tier").text
    record_use(db, NewUse(benefit_id, ana.person_id, date(2026, 6, 12), b"1" * 32), by, Role.OWNER, now)
    assert "Used 1 of 4 this year, last on 12 June" in as_ana.get("/me/tier").text


@pytest.mark.parametrize("address", ["/me", "/me/points", "/me/tier", "/me/tier?amount=60&purchases=1&month=2026-08"])
def test_a_members_page_asks_the_database_little(
    as_ana: FlaskClient,
    buy: Buy,
    count_queries: Callable[[], AbstractContextManager[list[str]]],
    address: str,
) -> None:
    for month in range(1, 13):
        buy(date(2025, month, 3), 9_000)
    as_ana.get(address)
    with count_queries() as queries:
        assert as_ana.get(address).status_code == 200
    assert len(queries) <= QUERIES, queries


@pytest.mark.parametrize("address", ["/me", "/me/points", "/me/points.csv", "/me/tier"])
def test_nobody_else_sees_a_members_pages(client: FlaskClient, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 303
    assert answer.location.startswith("/sign-in")
