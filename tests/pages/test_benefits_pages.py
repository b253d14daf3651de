"""Benefits through their pages: the staff's grid, the page for everybody, the member's own tier."""

import re
from datetime import date

import pytest

from club.benefits.models import standing_benefits
from club.benefits.rules import Benefit, Cell, Gives, Kind
from club.benefits.service import add_benefit
from club.permissions import PERMISSIONS, Permission, Role
from club.texts import Texts
from club.tiers.rules import Ladder, Rung
from club.tiers.service import set_ladder
from tests.people import browser_of, new_colleague, new_signed_up_member
from tests.tier_world import NOW

pytestmark = pytest.mark.usefixtures("club")

LADDER = Ladder((Rung("member", Texts({"en": "Member"})), Rung("gold", Texts({"en": "Gold"}), 1500_00)))


@pytest.fixture
def boss(db, club):
    set_ladder(db, LADDER, date(2024, 1, 1), None, NOW)
    return new_colleague(db, NOW, Role.MARKETING)


@pytest.fixture
def editor(app, db, now, boss):
    return browser_of(app, db, boss, now, second_factor=True)


@pytest.fixture
def tasting(db, boss):
    cells = {"member": Cell(Gives.TIMES, 1), "gold": Cell(Gives.WORDS, words=Texts({"en": "as often as you like"}))}
    words = Texts({"en": "In the cellar."})
    benefit = Benefit(Texts({"en": "Tasting"}), words, Kind.EMOTIONAL, 3500, date(2026, 1, 1), cells)
    return add_benefit(db, benefit, boss.account_id, Role.MARKETING, NOW)


def plain(page):
    return " ".join(re.sub(r"<[^>]+>", " ", page.text).split())


def grid(db):
    db.rollback()
    return [(line.benefit.name.into("en"), dict(line.benefit.cells)) for line in standing_benefits(db)]


TYPED = {"name_en": "Delivery", "kind": "rational", "cost_per_use": "6,50", "gives_1": "", "gives_2": "yes"}


def test_a_benefit_is_added_changed_moved_taken_away_and_brought_back(editor, db, tasting):
    saved = editor.post("/admin/benefits/new", data={**TYPED, "version": "0"}, follow_redirects=True)
    assert "Saved." in saved.text and "6,50 €" in saved.text.replace("\u00a0", " ")
    assert [name for name, _ in grid(db)] == ["Tasting", "Delivery"]

    editor.post(f"/admin/benefits/{tasting + 1}/up")
    assert [name for name, _ in grid(db)] == ["Delivery", "Tasting"]
    editor.post(f"/admin/benefits/{tasting}/archive")
    assert [name for name, _ in grid(db)] == ["Delivery"]
    assert "Bring back" in editor.get("/admin/benefits").text
    editor.post(f"/admin/benefits/{tasting}/restore")
    changed = {**TYPED, "name_en": "Free delivery", "gives_1": "amount", "amount_1": "50", "version": "1"}
    assert editor.post(f"/admin/benefits/{tasting + 1}", data=changed).status_code == 303
    assert grid(db)[0] == ("Free delivery", {"member": Cell(Gives.AMOUNT, 50_00), "gold": Cell(Gives.YES)})


def test_the_grid_says_what_is_odd(editor, db, boss, tasting):
    cells = {"member": Cell(Gives.YES)}
    one_sided = Benefit(Texts({"en": "Greeting"}), Texts({}), Kind.EMOTIONAL, 0, None, cells)
    add_benefit(db, one_sided, boss.account_id, Role.MARKETING, NOW)
    page = plain(editor.get("/admin/benefits"))
    for words in (
        "Greeting: tier Gold gets less than tier Member.",
        "All benefits are of one kind.",
        "review since 1 January 2026",
        "no review date",
        "6 texts missing",
        "1 time a year",
        "as often as you like",
    ):
        assert words in page


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"name_en": ""}, "name_en", "Enter the name in English."),
        ({"gives_2": "amount"}, "amount_2", "Enter the amount, the number of times or the words."),
        ({"gives_2": "words"}, "cell_en_2", "Enter the amount, the number of times or the words."),
        ({"cost_per_use": "much"}, "cost_per_use", "Enter an amount, as in 1.234,50 €."),
    ],
)
def test_what_is_missing_is_said_at_its_field(editor, db, typed, field, words):
    page = editor.post("/admin/benefits/new", data={**TYPED, **typed})
    assert page.status_code == 422
    assert f'<a href="#{field}">{words}</a>' in page.text.replace("\u00a0", " ")
    assert grid(db) == []


def test_of_two_who_save_the_second_is_told_and_can_save_after_looking(editor, db, tasting):
    address, mine = f"/admin/benefits/{tasting}", {**TYPED, "version": "1"}
    editor.post(address, data={**mine, "name_en": "Theirs"})
    page = editor.post(address, data={**mine, "name_en": "Mine"})
    assert page.status_code == 422
    assert "Somebody changed this meanwhile." in page.text and "Theirs" in page.text
    assert 'name="version" type="hidden" value="2"' in page.text
    assert [name for name, _ in grid(db)] == ["Theirs"]
    editor.post(address, data={**mine, "name_en": "Mine", "version": "2"})
    assert [name for name, _ in grid(db)] == ["Mine"]


def test_everybody_compares_the_tiers_and_a_member_sees_the_own_one_and_the_next(app, client, db, now, tasting):
    assert "Tasting In the cellar. 1 time a year as often as you like" in plain(client.get("/benefits"))
    member = browser_of(app, db, new_signed_up_member(db, now), now)
    page = plain(member.get("/me/tier"))
    assert "Tasting 1 time a year" in page
    assert "What Gold would bring Tasting as often as you like" in page


@pytest.mark.parametrize("role", [role for role in Role if Permission.EDIT_TIERS not in PERMISSIONS[role]])
def test_who_may_not_change_benefits_reads_them(app, db, now, tasting, role):
    browser = browser_of(app, db, new_colleague(db, now, role), now, second_factor=True)
    page = browser.get("/admin/benefits")
    assert page.status_code == 200 and "Add a benefit" not in page.text and "Take away" not in page.text
    for path in ("/admin/benefits/new", f"/admin/benefits/{tasting}"):
        assert browser.get(path).status_code == 403
        assert browser.post(path).status_code == 403
    assert browser.post(f"/admin/benefits/{tasting}/archive").status_code == 403


def test_the_grid_asks_the_database_a_few_times(editor, tasting, count_queries):
    editor.get("/admin/benefits")
    with count_queries() as queries:
        editor.get("/admin/benefits")
    assert len(queries) <= 15
