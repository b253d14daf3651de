"""R107: the validity that the club's own purchases advise, where tiers and points get theirs."""

from datetime import date, timedelta

import pytest

from club.insight.service import refresh
from club.permissions import Role
from tests.people import browser_of, new_colleague
from tests.tier_world import add_member, add_purchase

pytestmark = [pytest.mark.usefixtures("club"), pytest.mark.proves("R107")]

TODAY = date(2026, 6, 15)
PAGES = ("/admin/tiers/edit", "/admin/settings/points")


@pytest.fixture
def owner(app, db, now):
    return browser_of(app, db, new_colleague(db, now, Role.OWNER), now, second_factor=True)


def come_back(db, members):
    for number in range(members):
        member = add_member(db)
        add_purchase(db, member, TODAY - timedelta(days=300), 10_00)
        add_purchase(db, member, TODAY - timedelta(days=300 - 4 * (number + 1)), 10_00)


@pytest.mark.parametrize("page", PAGES)
def test_the_advice_stands_beside_the_field_with_its_figures(db, owner, now, page):
    assert "advised" not in owner.get(page).text
    come_back(db, 49)
    refresh(db, TODAY, now)
    assert "49 members have bought a second time, and it takes 50" in owner.get(page).text
    come_back(db, 1)
    add_purchase(db, add_member(db), TODAY - timedelta(days=20), 10_00)
    refresh(db, TODAY, now)
    said = owner.get(page).text
    assert "Validity advised from your own purchases:" in said
    assert "5 months or longer." in said
    assert "80% have done so 128 days after their first purchase" in said
    assert "Of 51 members who ever bought, 50 bought on a second day." in said
