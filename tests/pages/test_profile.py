"""The page of the profile: a card that is refused keeps what was typed, and the others stay as they are."""

import io
import re
from datetime import datetime, timedelta
from pathlib import Path
from zipfile import ZipFile

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy.orm import Session

from club.members.models import the_member
from club.permissions import Role
from club.privacy.taking import write_archive
from club.profile import photo
from club.profile.models import profile_of
from tests.people import PASSWORD, SomebodyWithAccount, browser_of, new_colleague, new_signed_up_member
from tests.return_world import picture

pytestmark = pytest.mark.usefixtures("club")


@pytest.fixture
def ana(db: Session, now: datetime) -> SomebodyWithAccount:
    return new_signed_up_member(db, now)


@pytest.fixture
def as_ana(app: Flask, db: Session, ana: SomebodyWithAccount, now: datetime) -> FlaskClient:
    return browser_of(app, db, ana, now)


def send(browser: FlaskClient, card: str, **typed: str) -> tuple[int, str]:
    seen = re.search(rf'name="{card}-seen"[^>]*value="([^"]*)"', browser.get("/me/profile").text)
    assert seen is not None
    data = {f"{card}-{name}": value for name, value in {"seen": seen[1], **typed}.items()}
    answer = browser.post(f"/me/profile/{card}", data=data)
    return answer.status_code, answer.text


def test_cards_are_saved_one_by_one_and_staff_see_what_was_said(
    app: Flask, db: Session, ana: SomebodyWithAccount, as_ana: FlaskClient, now: datetime
) -> None:
    assert send(as_ana, "names", full_name="Ana García", call_name="Anita", patronymic="Petrovna")[0] == 303
    assert send(as_ana, "about", profession="Baker", interests="Opera\nWine")[0] == 303
    assert "2 of 5 done" in as_ana.get("/me/profile").text
    eva = browser_of(app, db, new_colleague(db, now, Role.MANAGER), now, second_factor=True)
    page = eva.get(f"/admin/customers/{ana.person_id}").text
    assert all(words in page for words in ("Petrovna", "Baker", "Opera, Wine"))


@pytest.mark.proves("A-7.5.1")
def test_a_phone_number_is_changed_only_with_the_password(
    db: Session, ana: SomebodyWithAccount, as_ana: FlaskClient
) -> None:
    assert ana.person_id is not None
    status, page = send(as_ana, "contact", phone="612 345 678", current="not it")
    assert (status, "612 345 678" in page, the_member(db, ana.person_id).phone) == (422, True, None)
    db.rollback()
    assert send(as_ana, "contact", phone="612 345 678", current=PASSWORD)[0] == 303
    assert the_member(db, ana.person_id).phone == "+34612345678"


def test_what_cannot_be_is_refused_at_its_field_and_kept(as_ana: FlaskClient) -> None:
    status, page = send(as_ana, "birthday", day="31", month="2", year="")
    assert (status, 'id="birthday-day-error"' in page, 'value="31"' in page) == (422, True, True)
    status, page = send(as_ana, "about", interests="\n".join(f"thing {number}" for number in range(11)))
    assert (status, "at most 10" in page, "thing 10" in page) == (422, True, True)


def test_a_card_changed_meanwhile_shows_what_stands_there_and_keeps_what_was_typed(
    db: Session, ana: SomebodyWithAccount, as_ana: FlaskClient
) -> None:
    assert ana.person_id is not None
    old = re.search(r'name="about-seen"[^>]*value="([^"]*)"', as_ana.get("/me/profile").text)
    assert old is not None
    assert send(as_ana, "about", profession="Pilot")[0] == 303
    stale = {"about-seen": old[1], "about-profession": "Baker"}
    answer = as_ana.post("/me/profile/about", data=stale)
    assert (answer.status_code, "Kept now: Pilot" in answer.text, 'value="Baker"' in answer.text) == (409, True, True)
    assert profile_of(db, ana.person_id).about.profession == "Pilot"


def test_the_pages_of_ones_data_open_and_the_archive_asks_for_the_password(as_ana: FlaskClient) -> None:
    page = as_ana.get("/me/privacy").text
    assert all(words in page for words in ("Ana García", "English", "when you became known to the club"))
    refused = as_ana.post("/me/privacy/archive", data={"current": "not it"})
    given = as_ana.post("/me/privacy/archive", data={"current": PASSWORD})
    assert (refused.status_code, given.status_code, given.data[:2]) == (422, 200, b"PK")
    assert given.headers["Cache-Control"] == "no-store"


def test_whoever_asked_to_leave_is_told_on_every_page_and_stays_with_one_button(as_ana: FlaskClient) -> None:
    assert as_ana.post("/me/leave", data={"current": PASSWORD}).status_code == 422, "the box has to be ticked"
    assert as_ana.post("/me/leave", data={"current": PASSWORD, "is_sure": "y"}).status_code == 303
    assert "You asked to leave the club." in as_ana.get("/me/points").text
    assert as_ana.post("/me/stay").status_code == 303
    assert "You asked to leave the club." not in as_ana.get("/me/points").text


@pytest.mark.proves("A-5.2.2", "A-5.3.1")
def test_a_photo_is_drawn_anew_and_seen_by_its_owner_and_by_staff_alone(
    app: Flask, db: Session, ana: SomebodyWithAccount, as_ana: FlaskClient, now: datetime
) -> None:
    def put(sent: bytes) -> tuple[int, str]:
        answer = as_ana.post("/me/profile/photo", data={"photo": (io.BytesIO(sent), "../../me.jpg")})
        return answer.status_code, answer.text

    uploads: Path = app.extensions["club_settings"].uploads_path
    where, seen_by_staff = uploads / photo.INSIDE, f"/admin/customers/{ana.person_id}/photo"
    assert put(b"<html>")[0] == put(b"")[0] == put(picture(200))[0] == 422
    assert not where.exists() or not list(where.iterdir())
    assert put(picture(900))[0] == 303
    first = list(where.iterdir())
    assert put(picture(800))[0] == 303
    kept = list(where.iterdir())
    assert (len(first), len(kept), first == kept) == (1, 1, False)
    with Image.open(kept[0]) as drawn:
        assert (drawn.size, dict(drawn.getexif())) == ((640, 640), {})
    eva = browser_of(app, db, new_colleague(db, now, Role.EVENTS), now, second_factor=True)
    assert seen_by_staff in eva.get(f"/admin/customers/{ana.person_id}").text
    looked = eva.get(seen_by_staff)
    assert (looked.status_code, looked.mimetype, looked.headers["Cache-Control"]) == (200, "image/jpeg", "no-store")
    reader = browser_of(app, db, new_colleague(db, now, Role.READ_ONLY), now, second_factor=True)
    luis = browser_of(app, db, new_signed_up_member(db, now, name="Luis", email="luis@example.org"), now)
    refused = [reader.get(seen_by_staff), luis.get("/me/profile/photo"), app.test_client().get("/me/profile/photo")]
    assert [answer.status_code for answer in refused] == [403, 404, 303]
    archive = io.BytesIO()
    assert ana.person_id is not None
    write_archive(db, uploads, ana.person_id, archive, by=ana.account_id, now=now)
    assert f"files/profile/{kept[0].name}" in ZipFile(archive).namelist()
    photo.sweep(db, uploads, now + timedelta(days=9))
    assert list(where.iterdir()) == kept
    assert as_ana.post("/me/profile/photo/remove").status_code == 303
    assert (list(where.iterdir()), as_ana.get("/me/profile/photo").status_code) == ([], 404)
