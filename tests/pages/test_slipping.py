"""Who slips away: on Today, in the list, on their own page with the reasons, and the rule."""

from datetime import date, timedelta

import pytest

from club.database import transaction
from club.insight.models import the_watch
from club.insight.service import refresh
from club.insight.watch import Watch
from club.permissions import PERMISSIONS, Permission, Role
from club.points.service import open_account
from tests.people import browser_of, new_colleague
from tests.tier_world import add_member, add_purchase

pytestmark = pytest.mark.usefixtures("club")

TODAY = date(2026, 6, 15)


@pytest.fixture
def owner(app, db, now):
    return browser_of(app, db, new_colleague(db, now, Role.OWNER), now, second_factor=True)


@pytest.fixture
def fading(db, now):
    """Bought every ten days for 100, and twice for 20 in the last three months; five others bought once."""
    member = add_member(db)
    with transaction(db) as tx:
        open_account(tx, member)
    for number in range(30):
        add_purchase(db, member, TODAY - timedelta(days=100 + 10 * number), 100_00)
    for days in (20, 60):
        add_purchase(db, member, TODAY - timedelta(days=days), 20_00)
    for _ in range(5):
        add_purchase(db, add_member(db), TODAY - timedelta(days=5), 10_00)
    refresh(db, TODAY, now)
    return member


@pytest.mark.proves("R52", "R61")
def test_who_declines_is_named_with_the_reasons_in_figures(owner, fading):
    page = owner.get(f"/admin/customers/{fading}").text
    assert "What says that they are slipping away" in page
    assert "Buys less often: 2 buying days in the last 90 days, usually" in page
    assert "Buys for less: 40,00\xa0€ in the last 90 days, usually" in page
    assert "The basket is smaller: 20,00\xa0€, usually 100,00\xa0€ (−80%)." in page


def test_today_counts_them_and_leads_to_the_list_that_names_them(owner, fading):
    assert "1 customer of the best fifth is slipping away" in owner.get("/admin").text
    listed = owner.get("/admin/customers?place=pareto&trend=away").text
    assert f'/admin/customers/{fading}"' in listed
    assert "1 customer." in listed
    assert "declining" in listed
    assert f'/admin/customers/{fading}"' not in owner.get("/admin/customers?trend=slipping").text


def test_the_rule_is_counted_first_then_kept_and_new_figures_are_asked_for(db, owner, fading):
    typed = {"window_days": "90", "decline_percent": "95", "overdue": "1.5", "basket_percent": "90"}
    counted = owner.post("/admin/lost/slipping", data=typed | {"do": "count"})
    assert counted.status_code == 200
    assert "By the new rule" in counted.text
    assert the_watch(db) == Watch()
    db.rollback()
    assert owner.post("/admin/lost/slipping", data=typed | {"do": "save"}).status_code == 303
    assert the_watch(db) == Watch(90, 95, 90, 150)
    assert "New figures were asked for at" in owner.get("/admin").text
    assert owner.post("/admin/lost/slipping", data=typed | {"window_days": "5", "do": "save"}).status_code == 422


@pytest.mark.parametrize("role", list(Role))
def test_the_rule_is_for_those_who_may_change_rules(app, db, now, role):
    browser = browser_of(app, db, new_colleague(db, now, role), now, second_factor=True)
    expected = 200 if Permission.EDIT_RULES in PERMISSIONS[role] else 403
    assert browser.get("/admin/lost/slipping").status_code == expected
