"""Earning rules through their pages: read as sentences, tried on a purchase, changed beside the last 90 days."""

import re
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from club.accrual.models import all_rules
from club.accrual.rules import AllRules, BaseRate, Bonus, Campaign, Cap, Period
from club.accrual.service import add_rule, record_purchase, set_rules
from club.audit import AuditEntry
from club.database import transaction
from club.permissions import PERMISSIONS, Permission, Role
from club.points.service import open_account
from club.purchases.rules import NewPurchase
from tests.people import browser_of, new_colleague
from tests.tier_world import NOW, add_member

pytestmark = pytest.mark.usefixtures("club")

TODAY = date(2026, 6, 15)
START = date(2024, 1, 1)
RULES = AllRules(
    bases=(BaseRate(points=2, per_amount=100, starts_on=START),),
    campaigns=(Campaign(percent=200, starts_on=START, ends_on=date(2026, 12, 31), category="sparkling"),),
    bonuses=(Bonus(act="join", points=200, starts_on=START),),
    caps=(Cap(points=5000, period=Period.MONTH, starts_on=START),),
)


@pytest.fixture
def emma(db, club):
    """A member who bought for 100 € this week."""
    set_rules(db, RULES, None, Role.OWNER, NOW)
    member_id = add_member(db, email="emma@example.org")
    with transaction(db) as tx:
        open_account(tx, member_id)
    purchase = NewPurchase(member_id=member_id, channel="counter", bought_on=TODAY, amount=100_00)
    record_purchase(db, purchase, None, Role.OWNER, NOW)
    return member_id


@pytest.fixture
def editor(app, db, now, emma):
    return browser_of(app, db, new_colleague(db, now, Role.MARKETING), now, second_factor=True)


def plain(page):
    return " ".join(re.sub(r"<[^>]+>", " ", page.text).split())


def shown(page):
    found = re.search(r'name="shown"[^>]*value="([^"]*)"', page.text)
    return found[1] if found else ""


def day(name, value):
    return {f"{name}-day": str(value.day), f"{name}-month": str(value.month), f"{name}-year": str(value.year)}


def rules(db):
    db.rollback()
    return all_rules(db)


def test_rules_are_sentences(editor):
    page = plain(editor.get("/admin/rules"))
    for words in (
        "2 points per 1 €, for everybody",
        "×2 for sparkling",
        "200 points for joining",
        "At most 5.000 points a member by purchases in a month",
        "Of the price 2 % comes back in points, and at most 4 %",
    ):
        assert words in page.replace("2%", "2 %").replace("4%", "4 %")


def test_a_purchase_is_tried_and_every_rule_says_why(editor, emma, db):
    asked = {
        "member": "emma@example.org",
        "amount": "50",
        "category": "sparkling",
        "channel": "shop",
        **day("on", TODAY),
    }
    page = plain(editor.get("/admin/rules", query_string=asked))
    assert "200 points Ana Ruiz, tier Member" in page
    assert "leaves room: 200 points were earned in its time already" in page
    assert "200 points for joining is not for purchases" in page
    unknown = editor.get("/admin/rules", query_string={**asked, "member": "nobody"})
    assert unknown.status_code == 422 and "No member has this number" in unknown.text


def test_a_campaign_is_added_after_its_effect_was_seen(editor, db):
    typed = {"times": "1,5", "channel": "counter", **day("starts_on", TODAY), **day("ends_on", TODAY)}
    page = editor.post("/admin/rules/new/campaign", data={**typed, "do": "show"})
    assert "More or fewer points +100" in plain(page) and "Worth 1,00 €" in plain(page)
    assert len(rules(db).campaigns) == 1

    saved = editor.post(
        "/admin/rules/new/campaign", data={**typed, "shown": shown(page), "do": "save"}, follow_redirects=True
    )

    assert "Saved: ×1,5 for everything, at the counter" in plain(saved)
    assert [(campaign.percent, campaign.channel, campaign.ends_on) for campaign in rules(db).campaigns] == [
        (200, None, date(2026, 12, 31)), (150, "counter", TODAY),
    ]  # fmt: skip
    assert db.scalar(select(AuditEntry.act).order_by(AuditEntry.id.desc()).limit(1)) == "rule.added"


@pytest.mark.parametrize(
    ("kind", "typed", "words"),
    [
        ("base", {"points": "3", "per_amount": "1"}, "More or fewer points +100"),
        ("bonus", {"points": "300"}, "More or fewer points 0"),
        ("cap", {"points": "150", "period": "day"}, "More or fewer points −50"),
    ],
)
def test_every_kind_of_rule_is_played_again_before_it_is_saved(editor, db, kind, typed, words):
    address = f"/admin/rules/new/{kind}"
    typed = {**typed, **day("starts_on", TODAY)}
    page = editor.post(address, data={**typed, "do": "show"})
    assert words in plain(page)
    before = rules(db)
    assert editor.post(address, data={**typed, "shown": shown(page), "do": "save"}).status_code == 303
    after = rules(db)
    assert after.on(TODAY) != before.on(TODAY)


def test_what_was_not_looked_at_is_not_saved(editor, db, now):
    address, typed = "/admin/rules/new/campaign", {"times": "1.5", **day("starts_on", TODAY)}
    page = editor.post(address, data={**typed, "do": "show"})
    other = editor.post(address, data={**typed, "times": "3", "shown": shown(page), "do": "save"})
    assert other.status_code == 422 and "something has changed since you looked" in other.text
    add_rule(db, Campaign(percent=110, starts_on=TODAY), None, Role.OWNER, now)
    late = editor.post(address, data={**typed, "shown": shown(page), "do": "save"})
    assert late.status_code == 422
    assert [campaign.percent for campaign in rules(db).campaigns] == [200, 110]


def test_warnings_name_what_meets_and_what_has_no_end(editor):
    typed = {"times": "9", "category": "Sparkling", **day("starts_on", TODAY)}
    page = plain(editor.post("/admin/rules/new/campaign", data={**typed, "do": "show"}))
    assert "Meets another campaign: ×2 for sparkling" in page
    assert "This campaign has no last day" in page
    assert "Compare it with the margin" not in page


@pytest.mark.parametrize(
    ("kind", "typed", "field", "words"),
    [
        ("campaign", {"times": "1"}, "times", "Enter 1,01 or more."),
        ("campaign", {"times": ""}, "times", "Enter a factor above 1."),
        ("campaign", {"times": "2", **day("ends_on", START)}, "ends_on", "Enter the first day or a later one."),
        ("base", {"points": "2", "per_amount": "0"}, "per_amount", "Enter 0,01 € or more."),
        ("cap", {"points": "", "period": "day"}, "points", "Enter the points."),
        ("bonus", {"points": "5", **day("starts_on", START)}, "starts_on", "Enter today or a later day."),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_said_at_its_field(editor, db, kind, typed, field, words):
    before = rules(db)
    page = editor.post(f"/admin/rules/new/{kind}", data={**day("starts_on", TODAY), **typed, "do": "show"})
    assert page.status_code == 422
    assert f'<a href="#{field}">{words}</a>' in page.text.replace("\u00a0", " ")
    assert rules(db) == before


def test_a_second_rate_of_one_day_is_refused_at_its_field(editor, db, now):
    add_rule(db, BaseRate(points=9, per_amount=100, starts_on=TODAY), None, Role.OWNER, now)
    typed = {"points": "3", "per_amount": "1", **day("starts_on", TODAY)}
    page = editor.post("/admin/rules/new/base", data={**typed, "do": "show"})
    refused = editor.post("/admin/rules/new/base", data={**typed, "shown": shown(page), "do": "save"})
    assert refused.status_code == 422 and "Another rate starts on that day." in refused.text


def test_a_rule_is_ended_and_one_that_has_not_begun_taken_back(editor, db, now):
    (campaign,) = rules(db).campaigns
    later = add_rule(db, Campaign(percent=300, starts_on=TODAY + timedelta(days=5)), None, Role.OWNER, now)
    address, typed = f"/admin/rules/{campaign.id}/end", day("last_day", TODAY)
    page = editor.post(address, data={**typed, "do": "show"})
    editor.post(address, data={**typed, "shown": shown(page), "do": "save"})
    editor.post(f"/admin/rules/{later}/withdraw")
    refused = editor.post(f"/admin/rules/{rules(db).bases[0].id}/withdraw", follow_redirects=True)

    assert [found.ends_on for found in rules(db).campaigns] == [TODAY]
    assert "Only a rule that has not begun can be taken back." in refused.text
    assert len(rules(db).bases) == 1
    for rule_id in (rules(db).bases[0].id, 999):
        assert editor.get(f"/admin/rules/{rule_id}/end").status_code == 404


@pytest.mark.parametrize("role", [role for role in Role if Permission.EDIT_RULES not in PERMISSIONS[role]])
def test_who_may_not_change_rules_reads_them(app, db, now, emma, role):
    browser = browser_of(app, db, new_colleague(db, now, role), now, second_factor=True)
    page = browser.get("/admin/rules")
    assert page.status_code == 200 and "Add a rule" not in page.text
    for path in ("/admin/rules/new/campaign", "/admin/rules/1/end"):
        assert browser.get(path).status_code == 403
        assert browser.post(path).status_code == 403
    assert browser.post("/admin/rules/1/withdraw").status_code == 403


def test_the_list_asks_the_database_a_few_times(editor, count_queries):
    editor.get("/admin/rules")
    with count_queries() as queries:
        editor.get("/admin/rules")
    assert len(queries) <= 15
