"""T2 and T3: what a member has, what it is worth, what expires when, what is missing and until when: on one page."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal
from playwright.sync_api import Page
from sqlalchemy import select
from sqlalchemy.orm import Session

from club.clock import club_day
from club.members.models import Person
from club.points.models import BalanceView, balance_of
from club.programme.models import the_club
from club.tiers.rules import Route
from club.tiers.standing import Standing, Way, standing
from tests.browser.people import ALEXANDRA, CARMEN, OWEN

MEMBERS = pytest.mark.parametrize(("email", "locale"), [(OWEN, "en_ES"), (CARMEN, "es_ES"), (ALEXANDRA, "ru_RU")])


@pytest.fixture(params=[True, False], ids=["scripts", "no-scripts"])
def browser_context_args(browser_context_args: dict[str, Any], request: pytest.FixtureRequest) -> dict[str, Any]:
    return {**browser_context_args, "java_script_enabled": request.param}


@dataclass(frozen=True)
class Has:
    """What the club knows about a member, asked without the page."""

    balance: BalanceView
    place: Standing
    worth: int
    page: str
    locale: str

    def says_money(self, minor: int) -> bool:
        """Whether the page names an amount."""
        return format_currency(minor / 100, "EUR", locale=self.locale) in self.page

    def says_number(self, value: int) -> bool:
        """Whether the page names a number."""
        return format_decimal(value, locale=self.locale) in self.page

    def says_day(self, day: Any) -> bool:
        """Whether the page names a day."""
        return format_date(day, "long", locale=self.locale) in self.page

    def says_missing(self, way: Way) -> bool:
        """Whether the page names what one route still asks for."""
        return self.says_money(way.missing) if way.route is Route.SPEND else self.says_number(way.missing)


@pytest.fixture
def home_of(page: Page, live_db: Session, enter: Callable[[str], int]) -> Callable[[str, str], Has]:
    """Sign in, open the page, press nothing; read what can be seen."""

    def opened(email: str, locale: str) -> Has:
        account_id = enter(email)
        page.goto("/me")
        club = the_club(live_db)
        today = club_day(datetime.now(UTC), club.time_zone)
        member_id = live_db.scalars(select(Person.id).where(Person.account_id == account_id)).one()
        balance = balance_of(live_db, member_id, today)
        place = standing(live_db, member_id, today)
        return Has(balance, place, club.worth(balance.active), page.get_by_role("main").inner_text(), locale)

    return opened


@pytest.mark.proves("T2")
@MEMBERS
def test_home_says_how_many_points_their_worth_and_what_expires_when(
    home_of: Callable[[str, str], Has], email: str, locale: str
) -> None:
    has = home_of(email, locale)
    assert has.balance.active > 0
    assert has.says_number(has.balance.active)
    assert has.says_money(has.worth)
    for soonest in has.balance.expiring[:1]:
        assert has.says_number(soonest.points)
        assert has.says_day(soonest.last_day)


@pytest.mark.proves("T3")
@MEMBERS
def test_home_says_what_is_missing_and_until_when_the_tier_is_held(
    home_of: Callable[[str, str], Has], email: str, locale: str
) -> None:
    has = home_of(email, locale)
    if has.place.status.until is not None:
        assert has.says_day(has.place.status.until)
    if email == CARMEN:
        keeping = has.place.keeping
        assert keeping is not None
        assert has.says_day(keeping.until)
        assert all(has.says_missing(way) for way in keeping.ways)
    if email == OWEN:
        assert has.place.ways
        assert all(has.says_missing(way) for way in has.place.ways)


@pytest.mark.proves("T2", "T3")
def test_somebody_of_each_kind_is_there_to_be_shown(home_of: Callable[[str, str], Has]) -> None:
    """The two tests above would be worth little if nothing of Carmen's expired and her tier had no end."""
    has = home_of(CARMEN, "es_ES")
    assert has.balance.expiring
    assert has.place.status.until is not None
