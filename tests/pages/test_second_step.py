"""A member's own second step: until the code is shown, nobody is signed in, whichever way the password was shown."""

import re
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from club.accounts.models import Account, SignedIn
from club.accounts.second_factor import second_factor_of
from club.audit import AuditEntry, AuditWords
from club.database import transaction
from club.members.models import Person
from club.members.rules import NewPerson
from club.members.service import new_person
from club.messages.models import Message
from club.permissions import Role
from tests.people import PASSWORD, SomebodyWithAccount, browser_of, new_colleague, new_signed_up_member

pytestmark = pytest.mark.usefixtures("club")

SET_UP = "/me/second-step/set-up"


@pytest.fixture
def ana(db: Session, now: datetime) -> SomebodyWithAccount:
    return new_signed_up_member(db, now)


def set_up(app: Flask, db: Session, ana: SomebodyWithAccount, now: datetime) -> tuple[FlaskClient, str, list[str]]:
    """Her browser, the secret of the app, and the recovery codes."""
    browser = browser_of(app, db, ana, now)
    assert browser.post(SET_UP, data={"current": "not it"}).status_code == 422
    page = browser.post(SET_UP, data={"current": PASSWORD}).text
    shown = re.search(r'<code class="secret">([^<]+)</code>', page)
    assert shown is not None
    secret = shown[1].replace(" ", "")
    assert browser.post(SET_UP, data={"code": "000000"}).status_code == 422
    kept = browser.post(SET_UP, data={"code": pyotp.TOTP(secret).at(datetime.now(UTC))})
    assert kept.headers["Cache-Control"] == "no-store"
    with transaction(db) as tx:  # the code that confirmed it counts once; a later one is due next
        tx.execute(update(Account).where(Account.id == ana.account_id).values(totp_last_step=None))
    return browser, secret, re.findall(r"<li><code>([^<]+)</code>", kept.text)


@pytest.mark.proves("A-7.5.1")
def test_the_secret_of_a_new_app_is_shown_only_to_whoever_just_showed_the_password(
    app: Flask, db: Session, ana: SomebodyWithAccount, now: datetime
) -> None:
    browser = browser_of(app, db, ana, now)
    assert 'class="secret"' in browser.post(SET_UP, data={"current": PASSWORD}).text
    elsewhere = browser_of(app, db, ana, now)
    answer = elsewhere.post(SET_UP, data={"code": "000000"})
    assert (answer.status_code, answer.headers["Location"], "secret" in answer.text) == (303, SET_UP, False)
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=16)):
        assert browser.post(SET_UP, data={"code": "000000"}).status_code == 303
    assert not second_factor_of(db, ana.account_id).is_confirmed


def test_setting_it_up_and_giving_it_up_are_told_by_mail(
    app: Flask, db: Session, ana: SomebodyWithAccount, now: datetime
) -> None:
    browser, secret, _codes = set_up(app, db, ana, now)
    browser.post("/me/second-step/off", data={"code": pyotp.TOTP(secret).at(datetime.now(UTC))})
    told = db.scalars(select(Message.act).order_by(Message.id)).all()
    assert told == ["account.step_set", "account.step_ended"]


@pytest.mark.proves("A-6.3.4")
def test_after_the_password_a_member_is_nobody_until_the_code_is_shown(
    app: Flask, db: Session, ana: SomebodyWithAccount, now: datetime
) -> None:
    _browser, secret, codes = set_up(app, db, ana, now)
    client = app.test_client()
    answer = client.post("/sign-in", data={"identifier": ana.email, "password": PASSWORD, "next": "/me/card"})
    assert answer.headers["Location"].startswith("/me/second-step?next=")
    assert client.get("/me/points").headers["Location"].startswith("/me/second-step")
    assert client.get("/me/security").headers["Location"].startswith("/me/second-step")
    assert "Ana" not in client.get("/shop").text
    assert client.post("/me/second-step", data={"code": "000000"}).status_code == 422
    code = pyotp.TOTP(secret).at(datetime.now(UTC))
    entered = client.post("/me/second-step", data={"code": code, "next": "/me/card"})
    assert (entered.status_code, entered.headers["Location"]) == (303, "/me/card")
    assert client.get("/me/card").status_code == 200
    other = browser_of(app, db, ana, now)
    assert other.get("/me/card").status_code == 303
    used = [other.post("/me/second-step", data={"code": typed}).status_code for typed in (code, codes[0], codes[0])]
    assert used == [422, 303, 303], "the code of the app is used up, the recovery code lets in once, then she is in"


def test_it_is_given_up_only_with_a_code_and_then_the_password_is_enough(
    app: Flask, db: Session, ana: SomebodyWithAccount, now: datetime
) -> None:
    browser, secret, codes = set_up(app, db, ana, now)
    assert len(codes) == 10
    renewed = browser.post("/me/second-step/codes", data={"code": codes[0]})
    assert (renewed.status_code, codes[1] in renewed.text) == (200, False)
    assert browser.post("/me/second-step/off", data={"code": codes[1]}).status_code == 422
    assert second_factor_of(db, ana.account_id).is_confirmed
    db.rollback()
    code = pyotp.TOTP(secret).at(datetime.now(UTC))
    assert browser.post("/me/second-step/off", data={"code": code}).status_code == 303
    assert not second_factor_of(db, ana.account_id).has_seed
    db.rollback()
    assert browser_of(app, db, ana, now).get("/me/card").status_code == 200


@pytest.mark.proves("A-6.4.4")
def test_who_lost_phone_and_codes_is_helped_by_staff_who_saw_who_asks(
    app: Flask, db: Session, ana: SomebodyWithAccount, now: datetime
) -> None:
    set_up(app, db, ana, now)
    support = new_colleague(db, now, Role.SUPPORT)
    desk = browser_of(app, db, support, now, second_factor=True)
    page = f"/admin/customers/{ana.person_id}/second-step"
    assert desk.post(page, data={"checked": "in_person", "why": " "}).status_code == 422
    assert desk.post(page, data={"why": "lost"}).status_code == 422
    assert desk.post(page, data={"checked": "her_dog", "why": "lost"}).status_code == 422
    assert second_factor_of(db, ana.account_id).is_confirmed
    db.rollback()
    helped = desk.post(page, data={"checked": "in_person", "why": "Phone stolen; passport seen"})
    assert (helped.status_code, helped.headers["Location"]) == (303, f"/admin/customers/{ana.person_id}")
    assert not second_factor_of(db, ana.account_id).has_seed
    assert db.scalars(select(SignedIn.account_id)).all() == [support.account_id]
    entry = db.execute(
        select(AuditEntry.by, AuditEntry.subject_id, AuditWords.why, AuditWords.words)
        .join(AuditWords, AuditWords.entry_id == AuditEntry.id)
        .where(AuditEntry.act == "account.second_factor_helped")
    ).one()
    assert tuple(entry) == (
        support.account_id, ana.person_id, "Phone stolen; passport seen", {"checked": "in_person"},
    )  # fmt: skip
    assert db.scalars(select(Message.act).order_by(Message.id)).all()[-1] == "account.step_helped"
    db.rollback()
    client = app.test_client()
    answer = client.post("/sign-in", data={"identifier": ana.email, "password": PASSWORD})
    assert (answer.status_code, client.get("/me/card").status_code) == (303, 200)
    assert "No second step is set up" in desk.get(page).text
    mails = len(db.scalars(select(Message.id)).all())
    db.rollback()
    again = desk.post(page, data={"checked": "in_person", "why": "Phone stolen; passport seen"})
    assert (again.status_code, client.get("/me/card").status_code) == (422, 200), "a second click signs nobody out"
    assert len(db.scalars(select(Message.id)).all()) == mails
    db.rollback()


def test_nobody_helps_themselves_or_a_colleague_that_way_and_the_shop_helps_nobody(
    app: Flask, db: Session, ana: SomebodyWithAccount, now: datetime
) -> None:
    set_up(app, db, ana, now)
    page, typed = f"/admin/customers/{ana.person_id}/second-step", {"checked": "in_person", "why": "lost"}
    shop = browser_of(app, db, new_colleague(db, now, Role.SHOP), now, second_factor=True)
    assert shop.post(page, data=typed).status_code == 403
    support = new_colleague(db, now, Role.SUPPORT)
    with transaction(db) as tx:  # the same phone: one household
        luis = NewPerson(full_name="Luis", language="en", source="join")
        own = new_person(tx, luis, support.account_id, now)
        tx.execute(update(Person).where(Person.id.in_([own, ana.person_id])).values(phone="+34600000001"))
    desk = browser_of(app, db, support, now, second_factor=True)
    answers = [desk.post(f"/admin/customers/{one}/second-step", data=typed) for one in (ana.person_id, own, 999_999)]
    assert [answer.status_code for answer in answers] == [422, 422, 404]
    assert second_factor_of(db, ana.account_id).is_confirmed
