"""Passkeys: a challenge is good once and for one browser, a copied key is found out, the password stays."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from club.accounts.models import Account, Passkey, SignedIn
from club.accounts.service import set_password
from club.database import transaction
from club.messages.models import Message
from club.permissions import Role
from tests.passkey_bank import PRESENT, Device
from tests.people import PASSWORD, SomebodyWithAccount, browser_of, new_colleague, new_signed_up_member

pytestmark = pytest.mark.usefixtures("club")

ADD, SIGN_IN = "/me/passkeys", "/sign-in/passkey"
TYPED = {"name": "Phone", "current": PASSWORD}


@pytest.fixture
def ana(db: Session, now: datetime) -> SomebodyWithAccount:
    return new_signed_up_member(db, now)


@pytest.fixture
def as_ana(app: Flask, db: Session, ana: SomebodyWithAccount, now: datetime) -> FlaskClient:
    return browser_of(app, db, ana, now)


@pytest.fixture
def device(app: Flask) -> Device:
    return Device(origin=app.config["OWN_ORIGIN"])


def options_in(answer: TestResponse) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def add(browser: FlaskClient, device: Device) -> TestResponse:
    begun = browser.post(f"{ADD}/begin", data=TYPED)
    return browser.post(ADD, data=TYPED | {"answer": device.made(options_in(begun))})


def sign_in(app: Flask, device: Device) -> TestResponse:
    client = app.test_client()
    answer = device.shown(options_in(client.post(f"{SIGN_IN}/begin")))
    return client.post(SIGN_IN, data={"answer": answer, "next": "/me/card"})


def sessions(db: Session) -> int:
    found = len(db.scalars(select(SignedIn.id)).all())
    db.rollback()
    return found


def test_a_passkey_is_added_after_the_password_told_by_mail_named_used_and_removed(
    app: Flask, db: Session, as_ana: FlaskClient, device: Device
) -> None:
    assert as_ana.post(f"{ADD}/begin", data=TYPED | {"current": "not it"}).status_code == 422
    assert add(as_ana, device).status_code == 303
    entered = sign_in(app, device)
    assert (entered.status_code, entered.headers["Location"]) == (303, "/me/card")
    key_id = db.scalars(select(Passkey.id)).one()
    db.rollback()
    as_ana.post(f"{ADD}/{key_id}/name", data={"name": "Old phone"})
    assert "Old phone" in as_ana.get(ADD).text
    assert as_ana.post(f"{ADD}/{key_id}/remove").status_code == 303
    assert sign_in(app, device).status_code == 422
    told = db.scalars(select(Message.act).order_by(Message.id)).all()
    assert told == ["account.passkey_added", "account.passkey_removed"]


@pytest.mark.proves("A-6.5.1")
def test_a_challenge_is_good_once_in_one_browser_for_five_minutes_and_for_one_act(
    app: Flask, db: Session, as_ana: FlaskClient, device: Device
) -> None:
    add(as_ana, device)
    before, client = sessions(db), app.test_client()
    options = options_in(client.post(f"{SIGN_IN}/begin"))
    refused = [app.test_client().post(SIGN_IN, data={"answer": device.shown(options)}).status_code]
    refused.append(client.post(SIGN_IN, data={"answer": device.shown(options)}).status_code)
    late = options_in(client.post(f"{SIGN_IN}/begin"))
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=6)):
        refused.append(client.post(SIGN_IN, data={"answer": device.shown(late)}).status_code)
    for_adding = options_in(as_ana.post(f"{ADD}/begin", data=TYPED)) | {"rpId": "localhost"}
    client.post(f"{SIGN_IN}/begin")
    refused.append(client.post(SIGN_IN, data={"answer": device.shown(for_adding)}).status_code)
    assert (refused, sessions(db)) == ([422, 422, 422, 422], before)


@pytest.mark.parametrize("fault", ["copied", "other site", "not unlocked", "other key", "other owner", "nonsense"])
def test_what_a_wrong_device_answers_opens_nothing(
    app: Flask, db: Session, as_ana: FlaskClient, device: Device, fault: str
) -> None:
    add(as_ana, device)
    assert sign_in(app, device).status_code == 303
    before = sessions(db)
    match fault:
        case "copied":
            device.count = 0
        case "other site":
            device.origin = "https://evil.example"
        case "not unlocked":
            device.flags = PRESENT
        case "other key":
            device.key = Device().key
        case "other owner":
            device.handle = (99).to_bytes(8, "big")
        case "nonsense":
            for nonsense in ('{"response": 7}', "[" * 20_000):
                assert app.test_client().post(SIGN_IN, data={"answer": nonsense}).status_code == 422
            device.id = b"unknown"
    answer = sign_in(app, device)
    assert (answer.status_code, sessions(db)) == (422, before)
    assert "does not open the way in" in answer.text


def test_a_key_made_for_another_site_or_in_another_session_is_not_kept(
    app: Flask, db: Session, ana: SomebodyWithAccount, as_ana: FlaskClient, now: datetime
) -> None:
    assert add(as_ana, Device(origin="https://evil.example")).status_code == 422
    options = options_in(as_ana.post(f"{ADD}/begin", data=TYPED))
    elsewhere = browser_of(app, db, ana, now)
    device = Device(origin=app.config["OWN_ORIGIN"])
    assert elsewhere.post(ADD, data=TYPED | {"answer": device.made(options)}).status_code == 422
    assert db.scalars(select(Passkey.id)).all() == []


def test_without_javascript_the_page_says_what_it_takes_and_keeps_the_name(as_ana: FlaskClient) -> None:
    answer = as_ana.post(ADD, data=TYPED)
    assert (answer.status_code, "JavaScript" in answer.text, 'value="Phone"' in answer.text) == (422, True, True)
    assert "<noscript>" in as_ana.get(ADD).text


@pytest.mark.proves("A-6.3.3")
def test_staff_show_a_passkey_after_the_password_and_never_instead_of_it(
    app: Flask, db: Session, now: datetime, device: Device
) -> None:
    eva = new_colleague(db, now, Role.MANAGER)
    with transaction(db) as tx:
        set_password(tx, eva.account_id, PASSWORD)
        tx.execute(update(Account).where(Account.id == eva.account_id).values(totp_secret=b"-", totp_confirmed_at=now))
    browser = browser_of(app, db, eva, now, second_factor=True)
    assert add(browser, device).status_code == 303
    before = sessions(db)
    alone = sign_in(app, device)
    assert (alone.status_code, sessions(db)) == (422, before), "the same device could be the second step too"
    other = browser_of(app, db, eva, now)
    assert other.get("/admin").status_code == 303
    begun = options_in(other.post("/admin/second-factor/passkey/begin"))
    foreign = Device(origin=device.origin)
    assert other.post("/admin/second-factor/passkey", data={"answer": foreign.shown(begun)}).status_code == 422
    begun = options_in(other.post("/admin/second-factor/passkey/begin"))
    shown = other.post("/admin/second-factor/passkey", data={"answer": device.shown(begun)})
    assert (shown.status_code, other.get("/admin").status_code) == (303, 200)
