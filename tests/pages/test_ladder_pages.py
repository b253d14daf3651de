"""The ladder through its pages: look, change, see who moves, save, take back; nothing unseen is saved."""

import re
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from club.audit import AuditEntry
from club.database import transaction
from club.insight.models import MemberFigures
from club.permissions import PERMISSIONS, Permission, Role
from club.texts import Texts
from club.tiers.models import ladders, members_by_rung
from club.tiers.rules import Fall, Ladder, Routes, Rung, Window
from club.tiers.service import looked_at, preview_rows, reassess_all, set_ladder
from tests.people import browser_of, new_colleague
from tests.tier_world import NOW, add_member, add_purchase

pytestmark = pytest.mark.usefixtures("club")

TODAY = date(2026, 6, 15)
MEMBER = Rung("member", Texts({"en": "Member", "es": "Miembro", "ru": "Участник"}))
SILVER = Rung("silver", Texts({"en": "Silver", "es": "Plata", "ru": "Серебро"}), 500_00, 5)
GOLD = Rung("gold", Texts({"en": "Gold", "es": "Oro", "ru": "Золото"}), 1500_00, 12, multiplier_percent=150)
LADDER = Ladder((MEMBER, SILVER, GOLD))


@pytest.fixture
def buyers(db, club):
    """Three who buy: on gold, on silver, on the first rung."""
    set_ladder(db, LADDER, date(2024, 1, 1), None, NOW)
    found = [add_member(db) for _ in range(3)]
    for member, amount in zip(found, (1600_00, 900_00, 100_00), strict=True):
        add_purchase(db, member, TODAY, amount)
    reassess_all(db, TODAY, NOW)
    return found


@pytest.fixture
def editor(app, db, now, buyers):
    return browser_of(app, db, new_colleague(db, now, Role.MARKETING), now, second_factor=True)


def sent(page):
    """What a browser would send of the editor's form."""
    values = {}
    form = page.text[page.text.index('<form method="post" action="/admin/tiers/edit"') :]
    form = form[: form.index("</form>")]
    for tag in re.findall(r"<input[^>]*>", form):
        name = re.search(r'name="([^"]*)"', tag)
        if name is None or ('type="checkbox"' in tag and "checked" not in tag):
            continue
        value = re.search(r'value="([^"]*)"', tag)
        values[name[1]] = value[1].replace("&#34;", '"').replace("&quot;", '"') if value else ""
    for select_tag in re.findall(r"<select[^>]*>.*?</select>", form, re.DOTALL):
        select_name = re.search(r'name="([^"]*)"', select_tag).group(1)
        values[select_name] = re.search(r'selected value="([^"]*)"|value="([^"]*)" selected', select_tag).group(1)
    return values


def edited(editor, **typed):
    """Open the editor, type, recalculate."""
    fields = sent(editor.get("/admin/tiers/edit")) | typed
    return editor.post("/admin/tiers/edit", data={**fields, "do": "show"})


def versions(db):
    db.rollback()
    return ladders(db).versions


def plain(page):
    return " ".join(re.sub(r"<[^>]+>", " ", page.text).split())


def test_the_page_says_who_is_where(editor):
    page = plain(editor.get("/admin/tiers"))
    assert "Tier ladder" in page
    for words in ("Gold 1.500 € or 12 purchases ×1,5 – 1", "Silver 500 € or 5 purchases ×1 – 1", "3 members in all"):
        assert words in page


def test_recalculating_shows_who_moves_and_saves_nothing(editor, db, buyers):
    page = edited(editor, spend_3="800")

    assert page.status_code == 200
    assert "1 member rises on the first day." in plain(page)
    assert "Silver Gold 1 35%" in plain(page)
    assert len(versions(db)) == 1


def test_what_the_page_says_is_what_comes_of_saving_it(editor, db, buyers):
    page = edited(editor, **{"spend_3": "800", "starts_on-day": "15", "starts_on-month": "6"})
    db.rollback()
    lower = Ladder((MEMBER, SILVER, Rung("gold", GOLD.name, 800_00, 12, multiplier_percent=150)))
    foreseen = {row.member_id: row.to_key for row in preview_rows(db, lower, TODAY)}

    saved = editor.post("/admin/tiers/edit", data={**sent(page), "do": "save"}, follow_redirects=True)

    assert "whoever it lifts has been lifted" in saved.text
    assert versions(db)[-1].ladder == lower
    assert foreseen == {buyers[1]: "gold"}
    assert members_by_rung(db) == {"gold": 2, "": 1}


def test_a_ladder_for_later_is_scheduled_and_can_be_undone(editor, db):
    page = edited(editor, spend_3="800")
    saved = editor.post("/admin/tiers/edit", data={**sent(page), "do": "save"}, follow_redirects=True)
    (later,) = [version for version in versions(db) if version.starts_on > TODAY]

    assert later.starts_on == date(2026, 7, 1)
    assert "From 1 July 2026" in plain(saved) and "Marketing" in saved.text
    undone = editor.post(f"/admin/tiers/{later.id}/withdraw", follow_redirects=True)

    assert "The ladder was taken back." in undone.text
    assert [version.is_withdrawn for version in versions(db)] == [False, True]
    acts = db.scalars(select(AuditEntry.act).where(AuditEntry.act.like("tiers.%")).order_by(AuditEntry.id)).all()
    assert acts[-2:] == ["tiers.set", "tiers.withdrawn"]


def test_nothing_is_saved_that_was_not_looked_at(editor, db):
    fields = sent(editor.get("/admin/tiers/edit"))
    first = editor.post("/admin/tiers/edit", data={**fields, "spend_3": "800", "do": "save"})
    shown = edited(editor, spend_3="800")
    changed = editor.post("/admin/tiers/edit", data={**sent(shown), "spend_3": "850", "do": "save"})

    assert (first.status_code, changed.status_code) == (422, 422)
    for page in (first, changed):
        assert "Not saved yet" in page.text
    assert len(versions(db)) == 1


def test_an_effect_that_is_older_than_the_purchases_is_shown_again(editor, db, buyers):
    shown = edited(editor, spend_3="800")
    add_purchase(db, buyers[2], TODAY, 900_00)
    reassess_all(db, TODAY, NOW)

    page = editor.post("/admin/tiers/edit", data={**sent(shown), "do": "save"})

    assert page.status_code == 422
    assert "since you looked" in page.text and "there are new purchases" in page.text
    assert "2 members rise on the first day." in plain(page)
    assert len(versions(db)) == 1
    again = editor.post("/admin/tiers/edit", data={**sent(page), "do": "save"})
    assert (again.status_code, len(versions(db))) == (303, 2)


def test_a_purchase_that_moves_nobody_stops_nobody_from_saving(editor, db, buyers):
    shown = edited(editor, spend_3="800")
    add_purchase(db, buyers[2], TODAY, 1_00)
    assert editor.post("/admin/tiers/edit", data={**sent(shown), "do": "save"}).status_code == 303


def test_of_two_who_save_the_second_sees_what_the_first_saved(app, editor, db, now):
    other = browser_of(app, db, new_colleague(db, now, Role.OWNER), now, second_factor=True)
    mine, theirs = edited(editor, spend_3="800"), edited(other, spend_3="700")
    other.post("/admin/tiers/edit", data={**sent(theirs), "do": "save"})

    page = editor.post("/admin/tiers/edit", data={**sent(mine), "do": "save"})

    assert page.status_code == 422
    assert "Somebody saved another ladder for 1 July 2026" in plain(page)
    assert "Gold: 700 € or 12 purchases" in plain(page)
    assert sent(page)["spend_3"] == "800"
    assert len(versions(db)) == 2
    assert editor.post("/admin/tiers/edit", data={**sent(page), "do": "save"}).status_code == 303


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"spend_3": "400"}, "spend_3", "Enter 500,00 € or more: a tier below asks for that."),
        (
            {"spend_3": "500", "purchases_3": "5"},
            "spend_3",
            "Enter more than 500,00 €: the tier below asks for as much.",
        ),
        ({"spend_3": "", "purchases_3": ""}, "spend_3", "Enter what this tier asks for, or make it by invitation."),
        ({"name_en_2": " "}, "name_en_2", "Enter the name in English."),
        ({"spend_2": "much"}, "spend_2", "Enter an amount, as in 1.234,50 €."),
        ({"starts_on-year": "2025"}, "starts_on", "Enter today or a later day."),
        ({"validity_months": ""}, "validity_months", "Enter for how many months a tier holds."),
        ({"multiplier_3": "twice"}, "multiplier_3", "Enter a factor, as in 1,5."),
    ],
)  # fmt: skip
def test_what_does_not_hold_together_is_said_at_its_field(editor, db, typed, field, words):
    page = edited(editor, **typed)

    assert page.status_code == 422
    assert f'<a href="#{field}">{words}</a>' in page.text.replace("\u00a0", " ")
    assert "Error:" in page.text.split("</title>")[0]
    assert "Put right what is marked" in page.text
    value = next(iter(typed.values()))
    assert f'value="{value.strip()}"' in page.text or not value.strip()
    assert len(versions(db)) == 1


def test_tiers_are_added_moved_and_removed_by_buttons(editor, db):
    begun = sent(editor.get("/admin/tiers/edit")) | {"spend_3": "1600"}
    added = editor.post("/admin/tiers/edit", data={**begun, "do": "add"})
    named = sent(added) | {"name_en_4": "Platinum Circle", "spend_4": "3000", "multiplier_4": "2", "discount_4": "10"}
    moved = editor.post("/admin/tiers/edit", data={**named, "do": "down-4"})
    assert [sent(moved)[f"spend_{place}"] for place in (2, 3, 4)] == ["500", "3000", "1600"]
    back = editor.post("/admin/tiers/edit", data={**sent(moved), "do": "up-3"})
    without = editor.post("/admin/tiers/edit", data={**sent(back), "do": "remove-2"})
    shown = editor.post("/admin/tiers/edit", data={**sent(without), "do": "show"})
    editor.post("/admin/tiers/edit", data={**sent(shown), "do": "save"})

    rungs = versions(db)[-1].ladder.rungs
    assert [(rung.key, rung.spend, rung.multiplier_percent, rung.discount_percent) for rung in rungs] == [
        ("member", 0, 100, 0), ("gold", 1600_00, 150, 0), ("platinum-circle", 3000_00, 200, 10),
    ]  # fmt: skip
    assert "silver" in plain(shown).casefold() and "1 member goes lower" in plain(shown)


def test_how_one_climbs_and_falls_is_saved_too(editor, db):
    choices = {"routes": "all", "window": "calendar_year", "fall": "never", "validity_months": "24", "grace_days": "0"}
    fields = sent(edited(editor, **choices))
    fields.pop("tell")
    shown = editor.post("/admin/tiers/edit", data={**fields, "do": "show"})
    editor.post("/admin/tiers/edit", data={**sent(shown), "do": "save"})

    saved = versions(db)[-1]
    assert saved.ladder == Ladder(LADDER.rungs, Window.CALENDAR_YEAR, Routes.ALL, 24, 0, Fall.NEVER)
    assert saved.is_silent


def test_all_whom_it_reaches_are_listed_the_best_fifth_first(editor, db, buyers):
    with transaction(db) as tx:
        tx.add(MemberFigures(member_id=buyers[2], as_of=TODAY, place="pareto"))
    page = edited(editor, spend_2="50", spend_3="800")
    people = editor.post("/admin/tiers/edit/people", data={"ladder": sent(page)["ladder"]})

    assert "2 members" in plain(people)
    first, second = re.findall(r"<th scope=\"row\">.*?</th>", people.text, re.DOTALL)
    assert "best fifth" in first and "best fifth" not in second
    assert "rises from Member to Silver" in people.text and "rises from Silver to Gold" in people.text


def test_the_export_is_written_down(editor, db):
    page = edited(editor, spend_3="800")
    table = editor.post("/admin/tiers/edit/people.csv", data={"ladder": sent(page)["ladder"]})

    assert table.mimetype == "text/csv"
    assert table.text.splitlines()[1].split(",")[2:5] == ["Silver", "Gold", "Gold"]
    assert db.scalar(select(AuditEntry.act).order_by(AuditEntry.id.desc()).limit(1)) == "tiers.exported"


def test_a_list_without_its_ladder_is_refused(editor):
    for text in ("", "{", "[]", '{"rungs": []}'):
        assert editor.post("/admin/tiers/edit/people", data={"ladder": text}).status_code == 400


def test_while_one_types_a_gap_is_no_mistake_yet(editor):
    page = editor.post("/admin/tiers/edit", data={**sent(editor.get("/admin/tiers/edit")), "spend_3": "", "do": "live"})
    assert page.status_code == 200


@pytest.mark.parametrize("role", [role for role in Role if Permission.EDIT_TIERS not in PERMISSIONS[role]])
def test_who_may_not_change_tiers_sees_them_and_no_button(app, db, now, buyers, role):
    browser = browser_of(app, db, new_colleague(db, now, role), now, second_factor=True)
    assert "Change the ladder" not in browser.get("/admin/tiers").text
    assert browser.get("/admin/tiers/edit").status_code == 403
    for path in ("/admin/tiers/edit", "/admin/tiers/1/withdraw", "/admin/tiers/edit/people.csv"):
        assert browser.post(path).status_code == 403


def test_the_pages_ask_the_database_a_few_times(editor, count_queries):
    fields = sent(editor.get("/admin/tiers/edit"))
    with count_queries() as looking:
        editor.get("/admin/tiers")
    with count_queries() as showing:
        editor.post("/admin/tiers/edit", data={**fields, "spend_3": "800", "do": "show"})
    assert len(looking) <= 15
    assert len(showing) <= 20


def test_a_ladder_begins_with_the_clubs_own_purchases(editor, db):
    for number in range(1, 31):
        add_purchase(db, add_member(db), TODAY - timedelta(days=1), number * 100_00)
    page = sent(editor.get("/admin/tiers/edit?start=purchases"))
    assert [page[f"key_{place}"] for place in (1, 2, 3)] == ["member", "silver", "gold"]
    with looked_at(db, LADDER, TODAY) as asked:
        assert asked.effect.members == 33
