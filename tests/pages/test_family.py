"""Whom a member names as their family: adults; minors where the club keeps them and an adult answers for them."""

import re
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from admin.settings.sharing import SharingForm
from club.audit import AuditEntry
from club.family.models import family_of
from club.family.rules import Relation, Relative, is_of_age, last_of_age
from club.family.service import name_relative
from club.members.models import Person
from club.permissions import Role
from club.programme.models import the_club
from club.programme.service import change
from tests.people import browser_of, new_colleague, new_signed_up_member

pytestmark = pytest.mark.usefixtures("club")
PAGE = "/me/family"
TODAY = date(2026, 6, 15)


@pytest.mark.parametrize(
    ("relative", "is_minor"),
    [
        (Relative(name="A", relation=Relation.CHILD), True),
        (Relative(name="A", relation=Relation.CHILD, month=6, day=15), True),
        (Relative(name="A", relation=Relation.CHILD, year=2008, month=6, day=15), False),
        (Relative(name="A", relation=Relation.OTHER, year=2008, month=6, day=16), True),
        (Relative(name="A", relation=Relation.PARTNER), False),
    ],
)
def test_a_child_counts_as_a_minor_until_the_birthday_says_otherwise(relative: Relative, is_minor: bool) -> None:
    assert relative.is_minor(TODAY) is is_minor


def test_minors_are_off_until_the_club_turns_them_on_and_then_guarded(app: Flask, db: Session, now: datetime) -> None:
    ana = new_signed_up_member(db, now)
    as_ana, who = browser_of(app, db, ana, now), ana.person_id or 0
    leo = {"name": "Leo", "relation": "child", "day": "3", "month": "4", "year": "2018", "answers": "y"}

    def named(data: dict[str, str]) -> tuple[int, list[str]]:
        status = as_ana.post(PAGE, data=data).status_code
        names = [one.relative.name for one in family_of(db, who, TODAY)]
        db.rollback()
        return status, names

    assert named({"name": "Pablo", "relation": "partner"}) == (303, ["Pablo"])
    assert named(leo) == (422, ["Pablo"])
    change(db, replace(the_club(db), minors_kept=True), None, now)
    assert named(leo) == (422, ["Pablo"])
    db.execute(update(Person).where(Person.id == who).values(birth_year=1980, birth_month=1, birth_day=2))
    db.commit()
    without = {name: value for name, value in leo.items() if name != "answers"}
    assert named(without) == (422, ["Pablo"])
    assert named(leo) == (303, ["Pablo", "Leo"])


def test_staff_see_minors_by_role_and_whoever_is_removed_is_gone(app: Flask, db: Session, now: datetime) -> None:
    change(db, replace(the_club(db), minors_kept=True), None, now)
    ana, berta = new_signed_up_member(db, now), new_signed_up_member(db, now, name="Berta", email="b@example.org")
    db.execute(update(Person).values(birth_year=1980, birth_month=1, birth_day=2))
    db.commit()
    as_ana = browser_of(app, db, ana, now)
    as_ana.post(PAGE, data={"name": "Pablo Quill", "relation": "partner"})
    as_ana.post(PAGE, data={"name": "Leo Quill", "relation": "child", "answers": "y"})
    seen = {}
    for role in (Role.SUPPORT, Role.EVENTS):
        desk = browser_of(app, db, new_colleague(db, now, role), now, second_factor=True)
        page = desk.get(f"/admin/customers/{ana.person_id}/family").text
        seen[role] = ("Pablo Quill" in page, "Leo Quill" in page)
    assert seen == {Role.SUPPORT: (True, True), Role.EVENTS: (True, False)}
    assert browser_of(app, db, berta, now).post(f"{PAGE}/2/remove").status_code == 404
    assert as_ana.post(f"{PAGE}/2/remove").status_code == 303
    assert [one.relative.name for one in family_of(db, ana.person_id or 0, TODAY)] == ["Pablo Quill"]


@pytest.mark.parametrize("today", [TODAY, date(2026, 2, 28), date(2028, 2, 29), date(2028, 3, 1)])
def test_the_last_birthday_of_age_is_the_day_before_the_first_minor(today: date) -> None:
    last = last_of_age(today)
    assert (is_of_age(last, today), is_of_age(last + timedelta(days=1), today)) == (True, False)


def test_minors_go_when_the_club_stops_keeping_them_and_nobody_else_does(
    app: Flask, db: Session, now: datetime
) -> None:
    change(db, replace(the_club(db), minors_kept=True), None, now)
    ana = new_signed_up_member(db, now)
    who = ana.person_id or 0
    db.execute(update(Person).values(birth_year=1980, birth_month=1, birth_day=2))
    db.commit()
    year = now.year
    for name, relation, born in [
        ("Child", Relation.CHILD, None), ("Nephew", Relation.OTHER, year - 3), ("Grown", Relation.CHILD, year - 30),
        ("Partner", Relation.PARTNER, None),
    ]:  # fmt: skip
        relative = Relative(name=name, relation=relation, year=born, month=born and 5, day=born and 4)
        ids = {name_relative(db, who, relative, True, by=ana.account_id, now=now) for _ in range(2)}
        assert len(ids) == 1, "a form that was sent twice counts once"
    address = "/admin/settings/sharing"
    desk = browser_of(app, db, new_colleague(db, now, Role.OWNER), now, second_factor=True)

    def saved(**typed: str) -> list[str]:
        seen = re.search(r'name="seen"[^>]*value="([^"]*)"', desk.get(address).text)
        assert seen is not None
        limits = [name for name in SharingForm.columns if name.endswith(("most", "month", "year", "days"))]
        assert desk.post(address, data={"seen": seen[1], **dict.fromkeys(limits, "9"), **typed}).status_code == 303
        names = [one.relative.name for one in family_of(db, who, TODAY)]
        db.rollback()
        return names

    assert saved(minors_kept="y") == ["Child", "Nephew", "Grown", "Partner"]
    assert saved() == ["Grown", "Partner"]
    entry = db.scalars(select(AuditEntry).where(AuditEntry.act == "programme.minors_forgotten")).one()
    assert entry.numbers == {"removed": 2}
