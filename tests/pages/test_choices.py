"""Which mails somebody gets: on their own page, behind the key of a mail, and by the button of a mail program."""

from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from club.contact.choices import Often, chosen_by, key_of
from club.contact.preferring import Saying, Wanted, prefer, wanted_by
from club.contact.rules import REFUSABLE, Topic
from club.database import transaction
from club.members.editing import consents_of
from tests.people import SomebodyWithAccount, browser_of, new_signed_up_member

pytestmark = pytest.mark.usefixtures("club")

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def ana(db: Session, now: datetime) -> SomebodyWithAccount:
    who = new_signed_up_member(db, now)
    assert who.person_id is not None
    everything = Wanted(frozenset(REFUSABLE), by_phone=True, by_post=True)
    prefer(db, who.person_id, everything, Saying("preferences", "en"), now)
    return who


@pytest.fixture
def key(db: Session, ana: SomebodyWithAccount) -> str:
    assert ana.person_id is not None
    with transaction(db) as tx:
        return key_of(tx, ana.person_id)


def topics(db: Session, ana: SomebodyWithAccount) -> set[Topic]:
    assert ana.person_id is not None
    db.rollback()
    return set(wanted_by(db, ana.person_id).topics)


@pytest.mark.proves("G-03")
def test_a_mail_program_ends_mails_with_one_post_and_looking_ends_nothing(
    app: Flask, db: Session, ana: SomebodyWithAccount, key: str
) -> None:
    program = app.test_client()
    for _ in range(2):
        page = program.get(f"/p/{key}/stop/offers")
        assert page.status_code == 200
        assert topics(db, ana) == set(REFUSABLE)
    for _ in range(2):
        assert program.post(f"/p/{key}/stop/offers", data=ONE_CLICK).status_code == 200
        assert topics(db, ana) == set(REFUSABLE) - {Topic.OFFERS}
    assert ana.person_id is not None
    assert sum(one.purpose == "topic:offers" for one in consents_of(db, ana.person_id)) == 1


def test_a_wrong_key_says_so_and_changes_nothing(app: Flask, db: Session, ana: SomebodyWithAccount, key: str) -> None:
    program = app.test_client()
    wrong = "0" * 32
    for path in (f"/p/{wrong}", f"/p/{wrong}/stop/offers", f"/p/{key}/stop/orders", f"/p/{key}/stop/x"):
        answer = program.get(path)
        assert (answer.status_code, "does not work any more" in answer.text) == (404, True), path
    assert program.post(f"/p/{wrong}/stop/offers", data=ONE_CLICK).status_code == 404
    assert program.post(f"/p/{key}/stop/orders", data=ONE_CLICK).status_code == 404
    assert topics(db, ana) == set(REFUSABLE)


def test_the_page_behind_a_key_is_kept_nowhere_and_names_nobody(app: Flask, ana: SomebodyWithAccount, key: str) -> None:
    answer = app.test_client().get(f"/p/{key}")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    for secret in ("Ana", "García", "ana@example.org", ana.member_number):
        assert secret not in answer.text


def test_choices_are_saved_from_the_mail_and_from_the_own_page_and_the_history_shows_both(
    app: Flask, db: Session, ana: SomebodyWithAccount, key: str, now: datetime
) -> None:
    reader: FlaskClient = app.test_client()
    assert reader.post(f"/p/{key}", data={"events": "y", "often": "weekly", "pause": "3"}).status_code == 303
    assert topics(db, ana) == {Topic.EVENTS}
    assert "As it is: until" in reader.get(f"/p/{key}").text
    assert ana.person_id is not None
    assert chosen_by(db, ana.person_id).often is Often.WEEKLY
    mine = browser_of(app, db, ana, now)
    page = mine.get("/me/preferences").text
    assert "Page behind a link in a mail" in page
    assert "As it is: until" in page
    assert mine.post("/me/preferences", data={"points": "y", "often": "each", "pause": "none"}).status_code == 303
    assert topics(db, ana) == {Topic.POINTS}
    assert mine.post("/me/preferences", data={"often": "each", "pause": "7"}).status_code == 422
    assert mine.post("/me/preferences/stop").status_code == 303
    assert topics(db, ana) == set()
