"""How staff come in: invitation, second factor, recovery codes, commands."""

import re
from datetime import timedelta

import pyotp
import pytest
import time_machine
from sqlalchemy import func, select

from club.access.models import login_for
from club.access.service import invite_again, reset_second_factor
from club.accounts.models import Account, Attempt
from club.accounts.rules import LIMITS
from club.permissions import Permission, Role
from tests.people import browser_of, link_in, mails_to, new_colleague, new_signed_up_member
from web.access import staff_only

pytestmark = pytest.mark.usefixtures("club")

PASSWORD = "a key under the third flower pot"
CODE, SET_UP, INSIDE = "/admin/second-factor", "/admin/second-factor/set-up", "/admin/test/inside"


def page_inside(program):
    program.add_url_rule(INSIDE, view_func=staff_only(Permission.MANAGE_STAFF)(lambda: "inside"))


@pytest.fixture
def more_addresses():
    return page_inside


def accept(client, db, email):
    """Take the newest invitation; the authenticator app that was set up with what the page shows."""
    client.post(link_in(mails_to(db, email)[-1]), data={"password": PASSWORD})
    secret = re.search(r'class="secret">([A-Z2-7 ]+)<', client.get(SET_UP).text).group(1)
    return pyotp.TOTP(secret.replace(" ", ""))


def sign_in(client, email):
    return client.post("/sign-in", data={"identifier": email, "password": PASSWORD, "next": INSIDE})


def codes_in(answer):
    return re.findall(r"<code>([0-9A-Z-]{27})</code>", answer.text)


@pytest.fixture
def olga(db, now):
    return new_colleague(db, now, Role.OWNER)


@pytest.mark.proves("A-6.3.3", "A-6.4.1")
def test_from_the_invitation_to_the_inside(client, db, now, olga):
    link = link_in(mails_to(db, olga.email)[0])
    assert 'autocomplete="new-password"' in client.get(link).text
    assert client.post(link, data={"password": "owner"}).status_code == 422
    assert client.get(SET_UP).location == "/sign-in?next=/admin/second-factor/set-up"
    app = accept(client, db, olga.email)
    page = client.get(SET_UP)
    assert "<svg" in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert client.get(INSIDE).location.startswith(CODE)
    assert client.post(SET_UP, data={"code": "000000"}).status_code == 422
    done = client.post(SET_UP, data={"code": app.at(now)})
    assert len(codes_in(done)) == 10
    assert client.get(INSIDE).text == "inside"
    assert client.get(SET_UP).location == CODE
    assert client.get(link).status_code == 410


@pytest.mark.proves("A-6.3.3", "A-6.3.4")
def test_a_password_alone_does_not_open_the_inside(app, client, db, now, olga):
    phone = accept(client, db, olga.email)
    client.post(SET_UP, data={"code": phone.at(now)})
    second = app.test_client()
    assert sign_in(second, olga.email).location == f"{CODE}?next={INSIDE}"
    assert second.get(INSIDE).location == f"{CODE}?next={INSIDE}"
    assert second.post(CODE, data={"code": phone.at(now)}).status_code == 422
    with time_machine.travel(now + timedelta(seconds=40), tick=True):
        fresh = phone.at(now + timedelta(seconds=40))
        assert second.post(CODE, data={"code": fresh, "next": INSIDE}).location == INSIDE
        assert second.get(INSIDE).text == "inside"
        third = app.test_client()
        sign_in(third, olga.email)
        assert third.post(CODE, data={"code": fresh}).status_code == 422
        assert third.get(INSIDE).status_code == 303


@pytest.mark.proves("A-6.3.4", "A-6.4.3")
@pytest.mark.parametrize("way", ["/sign-in/link", "/sign-in/forgot"])
def test_no_mail_replaces_the_second_factor(app, client, db, now, olga, way):
    client.post(SET_UP, data={"code": accept(client, db, olga.email).at(now)})
    other = app.test_client()
    other.post(way, data={"identifier": olga.email})
    other.post(link_in(mails_to(db, olga.email)[-1]), data={"password": "another long password"})
    assert other.get(INSIDE).location.startswith(CODE)
    assert other.get(SET_UP).location == CODE
    assert other.get("/me/security").location.startswith(CODE)


@pytest.mark.proves("A-6.3.4", "A-6.4.3")
def test_a_second_invitation_leaves_the_second_factor_as_it_is(app, client, db, now, olga):
    phone = accept(client, db, olga.email)
    client.post(SET_UP, data={"code": phone.at(now)})
    invite_again(db, olga.account_id, None, None, now)
    thief = app.test_client()
    thief.post(link_in(mails_to(db, olga.email)[-1]), data={"password": PASSWORD})
    assert thief.get(INSIDE).location.startswith(CODE)
    assert thief.get(SET_UP).location == CODE
    with time_machine.travel(now + timedelta(seconds=40), tick=True):
        assert thief.post(CODE, data={"code": phone.at(now + timedelta(seconds=40))}).status_code == 303
        assert thief.get(INSIDE).text == "inside"


def test_right_codes_do_not_use_up_the_tries_of_an_address(client, db, now, olga):
    client.post(SET_UP, data={"code": accept(client, db, olga.email).at(now)})
    assert client.post(CODE, data={"code": "000000"}).status_code == 303
    tries = select(func.count()).where(Attempt.scope.like("code.%"))
    assert db.scalar(tries) == 0


@pytest.mark.proves("A-7.2.4", "F-34")
def test_the_second_factor_changes_the_cookie(app, client, db, now, olga):
    phone = accept(client, db, olga.email)
    before = client.get_cookie("club", domain="localhost").value
    client.post(SET_UP, data={"code": phone.at(now)})
    assert client.get_cookie("club", domain="localhost").value != before
    thief = app.test_client()
    thief.set_cookie("club", before, domain="localhost")
    assert thief.get(INSIDE).location.startswith("/sign-in")


@pytest.mark.proves("A-6.5.1")
def test_a_recovery_code_opens_once(app, client, db, now, olga):
    code, *_ = codes_in(client.post(SET_UP, data={"code": accept(client, db, olga.email).at(now)}))
    answers = []
    for _ in range(2):
        browser = app.test_client()
        sign_in(browser, olga.email)
        answers.append(browser.post(CODE, data={"code": code.lower()}).status_code)
    assert answers == [303, 422]
    assert "9 recovery codes are left" in browser.get(CODE).text


@pytest.mark.proves("A-6.3.1", "O-01")
def test_codes_have_a_limit(app, client, db, now, olga):
    client.post(SET_UP, data={"code": accept(client, db, olga.email).at(now)})
    browser = app.test_client()
    sign_in(browser, olga.email)
    most = LIMITS["code.account"].most
    answers = [browser.post(CODE, data={"code": f"{number:06}"}) for number in range(most + 1)]
    assert [answer.status_code for answer in answers] == [422] * most + [429]
    assert int(answers[-1].headers["Retry-After"]) > 0


def test_staff_who_were_never_invited_by_mail_cannot_set_anything_up(app, db, now):
    ana = new_signed_up_member(db, now)
    new_colleague(db, now, Role.OWNER, ana.email)
    half = browser_of(app, db, ana, now)
    assert half.get(SET_UP).location == CODE
    assert half.get(CODE).status_code == 403
    assert half.get(INSIDE).location.startswith(CODE)


def test_a_member_finds_no_second_factor_page(app, db, now):
    browser = browser_of(app, db, new_signed_up_member(db, now), now)
    assert [browser.get(path).status_code for path in (CODE, SET_UP, INSIDE)] == [403, 403, 403]


@pytest.mark.proves("A-6.4.4", "A-7.4.2")
def test_a_reset_by_another_leads_to_a_new_invitation(client, db, now, olga):
    mara = new_colleague(db, now, Role.OWNER, "mara@example.org")
    client.post(SET_UP, data={"code": accept(client, db, olga.email).at(now)})
    assert client.get(INSIDE).text == "inside"
    reset_second_factor(db, olga.account_id, mara.account_id, Role.OWNER, now)
    assert client.get(INSIDE).location.startswith("/sign-in")
    assert sign_in(client, olga.email).status_code == 422
    accept(client, db, olga.email)
    assert client.get(INSIDE).location.startswith(CODE)


def test_an_invitation_ends_after_two_days(client, db, now, olga):
    with time_machine.travel(now + timedelta(hours=49), tick=True):
        link = link_in(mails_to(db, olga.email)[0])
        assert client.get(link).status_code == 410
        assert client.post(link, data={"password": PASSWORD}).status_code == 410
    db.rollback()
    assert db.scalar(select(Account.password_hash)) is None


# --- commands


def test_the_operator_adds_lists_and_disables_staff(app, db):
    run = app.test_cli_runner().invoke
    added = run(args=["staff", "add", "olga@example.org", "--role", "owner", "--name", "Olga"])
    path = re.search(r"http://localhost(/admin/invitation/\S+)", added.output).group(1)
    assert path == link_in(mails_to(db, "olga@example.org")[0])
    assert run(args=["staff", "list"]).output == "olga@example.org\towner\tOlga\tinvited\n"
    refused = run(args=["staff", "disable", "olga@example.org"])
    assert refused.exit_code == 1
    assert "The club needs one owner" in refused.output
    run(args=["staff", "add", "mara@example.org", "--role", "owner"])
    assert run(args=["staff", "disable", "olga@example.org"]).exit_code == 0
    assert "olga@example.org\towner\tOlga\tdisabled" in run(args=["staff", "list"]).output
    assert run(args=["staff", "reset-second-factor", "nobody@example.org"]).exit_code == 1
    assert run(args=["staff", "add", "x", "--role", "owner"]).exit_code == 1
    assert login_for(db, "x") is None


def test_the_operator_sends_invitations(app, db, now):
    new_signed_up_member(db, now)
    run = app.test_cli_runner().invoke
    assert run(args=["invitations", "send", "--all-without-account"]).output == "0 invitations queued.\n"
    assert run(args=["invitations", "send"]).exit_code == 2
    assert "nobody" not in run(args=["invitations", "send", "nobody"]).output.split("(")[0]


@pytest.mark.proves("A-6.5.1", "A-7.5.1")
def test_new_recovery_codes_need_a_code_and_end_the_old_ones(app, client, db, now, olga):
    phone = accept(client, db, olga.email)
    old = codes_in(client.post(SET_UP, data={"code": phone.at(now)}))
    page = "/admin/second-factor/recovery-codes"
    assert "10 of the old codes are left" in client.get(page).text
    assert client.post(page, data={"code": "000000"}).status_code == 422
    assert client.post(page, data={"code": phone.at(now)}).status_code == 422, "used already"
    done = client.post(page, data={"code": old[0]})
    new = codes_in(done)
    assert (len(new), set(new) & set(old), done.headers["Cache-Control"]) == (10, set(), "no-store")
    second = app.test_client()
    sign_in(second, olga.email)
    assert second.post(CODE, data={"code": old[1]}).status_code == 422
    assert second.post(CODE, data={"code": new[0], "next": INSIDE}).location == INSIDE
