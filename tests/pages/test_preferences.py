"""Members keep their own card; staff see who wrote what."""

import re
from datetime import date, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from club.audit import AuditEntry
from club.care.models import PREFERENCES, own_card
from club.care.rules import MOST_LINES, Liking, NewPreference, Source
from club.care.service import add_own, add_preference
from club.errors import CardFull
from club.permissions import Role
from tests.people import SomebodyWithAccount, browser_of, new_colleague, new_signed_up_member

pytestmark = pytest.mark.usefixtures("club")

DAY = date(2026, 6, 1)


@pytest.fixture
def ana(db: Session, now: datetime) -> SomebodyWithAccount:
    return new_signed_up_member(db, now)


@pytest.fixture
def as_ana(app: Flask, db: Session, ana: SomebodyWithAccount, now: datetime) -> FlaskClient:
    return browser_of(app, db, ana, now)


@pytest.fixture
def eva(db: Session, now: datetime) -> SomebodyWithAccount:
    return new_colleague(db, now, Role.SUPPORT)


def noted(db: Session, ana: SomebodyWithAccount, eva: SomebodyWithAccount, source: Source, now: datetime) -> int:
    line = NewPreference(kind=Liking.NEED, what=f"Line {source.value}", source=source, noted_on=DAY)
    assert ana.person_id is not None
    return add_preference(db, ana.person_id, line, eva.account_id, Role.SUPPORT, now)


def put(browser: FlaskClient, path: str = "/me/likes", **typed: str) -> int:
    page = browser.get(path).text
    key = re.search(r'name="key"[^>]*value="([^"]*)"', page)
    assert key is not None
    return browser.post(path, data={"kind": "give", "effect": "", "key": key[1], **typed}).status_code


@pytest.mark.proves("R186")
def test_a_member_writes_changes_and_takes_off_lines_and_puts_them_back(
    db: Session, as_ana: FlaskClient, ana: SomebodyWithAccount
) -> None:
    assert put(as_ana, what="I would help at a tasting") == 303
    assert ana.person_id is not None
    (line,) = own_card(db, ana.person_id)
    assert (line.kind, line.what, line.source, line.is_own, line.by) == (
        Liking.GIVE, "I would help at a tasting", Source.SAID, True, ana.account_id,
    )  # fmt: skip
    db.rollback()
    assert put(as_ana, f"/me/likes/{line.id}", kind="want", what="A tasting in May", effect="I bring four") == 303
    (changed,) = own_card(db, ana.person_id)
    db.rollback()
    assert (changed.kind, changed.what, changed.effect) == (Liking.WANT, "A tasting in May", "I bring four")
    assert as_ana.get(f"/me/likes/{line.id}").status_code == 404
    gone = as_ana.post(f"/me/likes/{changed.id}/end", data={"over": "yes"})
    assert own_card(db, ana.person_id) == []
    db.rollback()
    assert "Undo" in as_ana.get(gone.location).text
    as_ana.post(f"/me/likes/{changed.id}/end", data={"over": "no"})
    assert "A tasting in May" in as_ana.get("/me/likes").text
    acts = db.scalars(select(AuditEntry.act).where(AuditEntry.act.like("care.preference%")).order_by(AuditEntry.id))
    added, ended, restored = (f"care.preference_{what}" for what in ("added", "ended", "restored"))
    assert list(acts) == [added, ended, added, ended, restored]


def test_the_same_form_twice_is_one_line_and_an_empty_one_is_none(db: Session, as_ana: FlaskClient) -> None:
    key = "0" * 32
    for _ in range(2):
        sent = {"kind": "like", "what": "The terrace", "effect": "", "key": key}
        assert as_ana.post("/me/likes", data=sent).status_code == 303
    assert as_ana.post("/me/likes", data={"kind": "like", "what": " ", "key": "1" * 32}).status_code == 422
    assert as_ana.post("/me/likes", data={"kind": "other", "what": "x", "key": "1" * 32}).status_code == 422
    assert db.scalar(select(func.count()).select_from(PREFERENCES)) == 1


@pytest.mark.proves("R186")
def test_members_see_what_they_said_and_staff_see_who_wrote_it(
    app: Flask, db: Session, as_ana: FlaskClient, ana: SomebodyWithAccount, eva: SomebodyWithAccount, now: datetime
) -> None:
    said, seen = (noted(db, ana, eva, source, now) for source in (Source.SAID, Source.SEEN))
    put(as_ana, what="I know a cellar")
    page = as_ana.get("/me/likes").text
    assert ("Line said" in page, "Line seen" in page) == (True, False)
    assert ("Written by you" in page, "staff wrote it down, 1 June 2026" in page) == (True, True)
    desk = browser_of(app, db, eva, now, second_factor=True)
    for path in (f"/admin/customers/{ana.person_id}", f"/admin/customers/{ana.person_id}/preferences"):
        page = desk.get(path).text
        for words in ("Line said", "Line seen", "I know a cellar", "wrote it themselves", "1 June 2026 · Support"):
            assert words in page
    assert as_ana.post(f"/me/likes/{seen}/end").status_code == 404
    assert as_ana.get(f"/me/likes/{said}").status_code == 404
    assert as_ana.post(f"/me/likes/{said}/end").status_code == 303


def test_nobody_touches_the_card_of_somebody_else(
    app: Flask, db: Session, as_ana: FlaskClient, client: FlaskClient, now: datetime
) -> None:
    put(as_ana, what="Mine")
    line = db.scalar(select(PREFERENCES.c.id))
    luis = browser_of(app, db, new_signed_up_member(db, now, name="Luis", email="luis@example.org"), now)
    assert "Mine" not in luis.get("/me/likes").text
    assert luis.get(f"/me/likes/{line}").status_code == 404
    assert luis.post(f"/me/likes/{line}", data={"kind": "like", "what": "x", "key": "0" * 32}).status_code == 404
    assert luis.post(f"/me/likes/{line}/end").status_code == 404
    assert client.post(f"/me/likes/{line}/end").status_code != 200
    db.rollback()
    assert db.scalars(select(PREFERENCES.c.what).where(PREFERENCES.c.ended_at.is_(None))).all() == ["Mine"]


def test_a_full_card_takes_no_more(db: Session, ana: SomebodyWithAccount, now: datetime) -> None:
    assert ana.person_id is not None
    line = NewPreference(kind=Liking.LIKE, what="x", source=Source.SAID, noted_on=DAY)
    for _ in range(MOST_LINES):
        add_own(db, ana.person_id, line, ana.account_id, now)
    with pytest.raises(CardFull):
        add_own(db, ana.person_id, line, ana.account_id, now)
