"""The page on which staff choose what the club says by itself."""

from html import unescape

import pytest
from sqlalchemy import select

from club.audit import AuditEntry
from club.notices.models import kept_days, settings_of
from club.notices.rules import Notice, Setting
from club.permissions import Role
from tests.people import browser_of, new_colleague

pytestmark = pytest.mark.usefixtures("club")

AS_SHIPPED = {
    "on_tier_at_risk": "y",
    "days_tier_at_risk": "90, 30",
    "on_points_expiring": "y",
    "days_points_expiring": "60, 30, 7",
    "on_points_activated": "y",
    "on_statement_ready": "y",
}
DOCTORS = {"name_en": "Doctors' day", "month": "6", "day": "", "nth": "3", "weekday": "6", "words": "doctor, врач"}


@pytest.fixture
def desk(app, db, now):
    return browser_of(app, db, new_colleague(db, now, Role.MARKETING), now, second_factor=True)


def test_greetings_are_off_until_they_are_chosen_and_every_change_is_written_down(desk, db):
    assert 'name="on_greeting_birthday"' in desk.get("/admin/notices").text
    assert not settings_of(db)[Notice.BIRTHDAY].is_on
    chosen = {**AS_SHIPPED, "on_greeting_birthday": "y", "days_points_expiring": "14"}
    assert desk.post("/admin/notices", data=chosen).status_code == 303
    db.rollback()
    known = settings_of(db)
    assert known[Notice.BIRTHDAY].is_on
    assert known[Notice.EXPIRING] == Setting(is_on=True, leads=(14,))
    assert db.scalars(select(AuditEntry.act).where(AuditEntry.act == "notice.changed")).all() == ["notice.changed"] * 2
    assert 'value="14"' in desk.get("/admin/notices").text


@pytest.mark.parametrize("typed", ["", "soon", "0", "366", "1, 2, 3, 4, 5, 6", "7 30"])
def test_days_that_cannot_be_read_are_refused_beside_the_field_and_nothing_is_saved(desk, db, typed):
    answer = desk.post("/admin/notices", data={**AS_SHIPPED, "on_greeting_holiday": "y", "days_tier_at_risk": typed})
    assert answer.status_code == 422
    assert "days_tier_at_risk-error" in answer.text
    db.rollback()
    assert not settings_of(db)[Notice.HOLIDAY].is_on


def test_holidays_are_those_of_the_country_of_the_club(desk, db):
    page = desk.get("/admin/notices").text
    assert 'name="holidays"' in page
    key = unescape(page.split('name="holidays" type="checkbox" value="')[1].split('"')[0])
    assert desk.post("/admin/notices", data={**AS_SHIPPED, "holidays": [key]}).status_code == 303
    db.rollback()
    assert [one.kept.holiday for one in kept_days(db)] == [key]
    assert desk.post("/admin/notices", data={**AS_SHIPPED, "holidays": ["nothing of the kind"]}).status_code == 422
    assert desk.post("/admin/notices", data=AS_SHIPPED).status_code == 303
    db.rollback()
    assert kept_days(db) == []


def test_the_day_of_a_profession_is_added_and_removed(desk, db):
    assert desk.post("/admin/notices/days", data=DOCTORS).status_code == 303
    page = desk.get("/admin/notices").text
    assert "Doctors&#39; day" in page
    db.rollback()
    (one,) = kept_days(db)
    assert (one.kept.month, one.kept.nth, one.kept.weekday, one.kept.professions) == (6, 3, 6, ["doctor", "врач"])
    assert desk.post(f"/admin/notices/days/{one.id}/remove").status_code == 303
    db.rollback()
    assert kept_days(db) == []


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"name_en": ""}, "name_en"), ({"words": "a, b"}, "words"), ({"day": "31"}, "day"), ({"nth": "0"}, "day")],
)
def test_a_day_that_cannot_be_meant_is_refused_where_it_is_wrong(desk, db, changed, field):
    answer = desk.post("/admin/notices/days", data={**DOCTORS, **changed})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    db.rollback()
    assert kept_days(db) == []


def test_who_may_not_write_to_members_does_not_choose(app, db, now):
    reader = browser_of(app, db, new_colleague(db, now, Role.READ_ONLY), now, second_factor=True)
    assert reader.get("/admin/notices").status_code == 403
    assert reader.post("/admin/notices", data=AS_SHIPPED).status_code == 403
