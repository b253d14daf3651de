"""Signing in and out, mailed links, resets and one's own account, through the pages."""

import re
import statistics
import time
from datetime import timedelta

import pytest
import time_machine
from argon2 import PasswordHasher
from sqlalchemy import func, select, text

from club.accounts import passwords
from club.accounts.models import Account, SignedIn
from club.accounts.rules import LIMITS, Limit
from club.members.models import Person
from club.permissions import Role
from tests.people import PASSWORD, browser_of, link_in, mails_to, new_colleague, new_signed_up_member
from wsgi import create_app

pytestmark = pytest.mark.usefixtures("club")


@pytest.fixture
def ana(db, now):
    return new_signed_up_member(db, now)


def sign_in(client, who, **changes):
    return client.post("/sign-in", data={"identifier": who.email, "password": PASSWORD, **changes})


def cookie_of(client):
    cookie = client.get_cookie("club", domain="localhost")
    return None if cookie is None else cookie.value


def form_key(page):
    return re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text).group(1)


def is_in(client):
    return client.get("/me/security").status_code == 200


# --- in and out


def test_a_member_signs_in_and_goes_where_they_wanted_to(client, ana):
    asked = client.get("/me/security")
    assert (asked.status_code, asked.location) == (303, "/sign-in?next=/me/security")
    assert 'value="/me/security"' in client.get(asked.location).text
    assert sign_in(client, ana, next="/me/security").location == "/me/security"
    assert "ana@example.org" in client.get("/me/security").text


@pytest.mark.proves("F-39")
@pytest.mark.parametrize("target", ["//evil.example", "/\\evil.example", "https://evil.example/", "/\t/evil.example"])
def test_signing_in_leads_nowhere_else(client, ana, target):
    assert "evil" not in sign_in(client, ana, next=target).location


@pytest.mark.proves("A-7.2.4", "F-34")
def test_a_cookie_from_before_is_never_the_one_after(app, client, ana):
    client.set_cookie("club", "A" * 43, domain="localhost")
    sign_in(client, ana)
    first = cookie_of(client)
    assert first not in {None, "A" * 43}
    sign_in(client, ana)
    second = cookie_of(client)
    assert second != first
    thief = app.test_client()
    thief.set_cookie("club", first, domain="localhost")
    assert not is_in(thief)
    assert is_in(client)


@pytest.mark.proves("A-7.4.1", "Z-07")
def test_the_cookie_is_worth_nothing_after_signing_out(app, client, ana, db):
    sign_in(client, ana)
    kept = cookie_of(client)
    left = client.post("/sign-out")
    assert left.location == "/"
    assert '"cache"' in left.headers["Clear-Site-Data"]
    assert cookie_of(client) is None
    thief = app.test_client()
    thief.set_cookie("club", kept, domain="localhost")
    assert thief.get("/me/security").location == "/sign-in?next=/me/security"
    assert db.scalar(select(func.count()).select_from(SignedIn)) == 0


@pytest.mark.proves("A-7.2.1", "A-7.2.3")
@pytest.mark.parametrize("change", [lambda kept: kept[:-1], lambda kept: kept + "A", lambda kept: kept.swapcase()])
def test_a_changed_cookie_opens_nothing(client, ana, change):
    sign_in(client, ana)
    client.set_cookie("club", change(cookie_of(client)), domain="localhost")
    assert not is_in(client)


@pytest.mark.proves("A-3.3.1")
def test_the_cookie_is_locked_and_stays_only_where_it_was_asked_to(client, ana):
    plain = sign_in(client, ana).headers["Set-Cookie"]
    assert "HttpOnly" in plain
    assert "SameSite=Lax" in plain
    assert "Max-Age" not in plain
    kept = sign_in(client, ana, remember="y").headers["Set-Cookie"]
    assert "Max-Age=2592000" in kept


@pytest.mark.proves("A-3.3.1")
def test_over_https_the_cookie_belongs_to_this_host_alone(settings, engine, ana, now):
    https = create_app(type(settings)(**{**vars(settings), "base_url": "https://localhost"}))
    https.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    with time_machine.travel(now, tick=True):
        sent = https.test_client().post(
            "/sign-in", data={"identifier": ana.email, "password": PASSWORD}, base_url="https://localhost"
        )
    https.extensions["club_engine"].dispose()
    cookie = next(value for value in sent.headers.getlist("Set-Cookie") if value.startswith("__Host-club="))
    assert "Secure" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie


@pytest.mark.proves("A-3.5.1")
@pytest.mark.usefixtures("asks_for_form_keys")
def test_signing_in_needs_a_form_key_of_this_browser_and_changes_it(app, client, ana):
    assert sign_in(client, ana).status_code == 400
    foreign = form_key(app.test_client().get("/sign-in"))
    client.get("/sign-in")
    assert sign_in(client, ana, csrf_token=foreign).status_code == 400
    before = form_key(client.get("/sign-in"))
    assert sign_in(client, ana, csrf_token=before).status_code == 303
    assert client.post("/me/security/end-others", data={"csrf_token": before}).status_code == 400
    now_valid = form_key(client.get("/me/security"))
    assert client.post("/me/security/end-others", data={"csrf_token": now_valid}).status_code == 303


# --- equal answers, limits


@pytest.mark.proves("F-30")
def test_known_and_unknown_names_get_the_same_answers(app, ana, db):
    answers = []
    for name in (ana.email, "nobody@example.org"):
        client = app.test_client()
        wrong = client.post("/sign-in", data={"identifier": name, "password": "not the password"})
        link = client.post("/sign-in/link", data={"identifier": name})
        reset = client.post("/sign-in/forgot", data={"identifier": name})
        sent = (link.status_code, link.location, link.text, reset.status_code, reset.location, reset.text)
        seen = (client.get(link.location).text, client.get(reset.location).text)
        page = re.sub(r'name="csrf_token" value="[^"]*"', "", wrong.text.replace(name, "NAME"))
        answers.append((wrong.status_code, page, sent, seen))
    assert answers[0] == answers[1]
    assert answers[0][0] == 422
    assert len(mails_to(db, ana.email)) == 2
    assert mails_to(db, "nobody@example.org") == []


@pytest.mark.proves("F-30")
@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
@pytest.mark.parametrize("address", ["/sign-in", "/sign-in/link", "/sign-in/forgot", "/join"])
def test_known_and_unknown_names_take_the_same_time(app, db, now, monkeypatch, address):
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=2, memory_cost=32 * 1024, parallelism=1))
    ana = new_signed_up_member(db, now)
    for scope in LIMITS:
        monkeypatch.setitem(LIMITS, scope, Limit(10_000, 60))
    took: dict[str, list[float]] = {ana.email: [], "nobody@example.org": []}
    for turn in range(27):
        for name, times in sorted(took.items(), reverse=bool(turn % 2)):
            data = {"identifier": name, "email": name, "password": "not the right one", "name": "N", "terms": "y"}
            client = app.test_client()
            start = time.process_time()
            client.post(address, data=data)
            if turn >= 3:
                times.append(time.process_time() - start)
    known, unknown = (statistics.quantiles(times, n=4)[0] for times in took.values())  # a busy machine only adds
    assert abs(known - unknown) <= 0.1 * max(known, unknown)


@pytest.mark.proves("A-6.3.1", "O-01")
def test_too_many_tries_are_told_how_long_to_wait(client, ana, now):
    for _ in range(LIMITS["sign_in.account"].most):
        assert sign_in(client, ana, password="not the password").status_code == 422
    refused = sign_in(client, ana)
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 15 * 60
    assert "Wait 15 minutes" in refused.text
    with time_machine.travel(now + timedelta(minutes=16), tick=True):
        assert sign_in(client, ana).status_code == 303


@pytest.mark.proves("O-01")
@pytest.mark.parametrize(("address", "most"), [("/sign-in/link", 5), ("/sign-in/forgot", 5)])
def test_asking_for_mails_has_a_limit_for_known_and_unknown_alike(client, ana, address, most):
    for name in (ana.email, "nobody@example.org"):
        answers = [client.post(address, data={"identifier": name}).status_code for _ in range(most + 1)]
        assert answers == [303] * most + [429]


@pytest.mark.proves("O-01", "A-6.5.5")
def test_guessing_links_gets_slow(client):
    answers = [client.post(f"/sign-in/link/{number}").status_code for number in range(62)]
    assert answers == [410] * 60 + [429] * 2


# --- by mail


@pytest.mark.proves("A-7.6.2")
def test_a_mailed_link_signs_in_by_its_button_only_and_once(app, client, ana, db):
    client.post("/sign-in/link", data={"identifier": ana.email, "next": "/me/password"})
    (mail,) = mails_to(db, ana.email)
    link = link_in(mail)
    assert client.get(link).headers["Cache-Control"] == "no-store"
    assert not is_in(client)
    assert client.post(link).location == "/me/password"
    assert is_in(client)
    second = app.test_client()
    assert second.post(link).status_code == 410
    assert second.get(link).status_code == 410
    assert not is_in(second)


def test_the_button_beside_the_password_asks_for_a_link(client, ana, db):
    assert 'formaction="/sign-in/link"' in client.get("/sign-in").text
    client.post("/sign-in/link", data={"identifier": ana.email, "password": "", "remember": "y", "next": ""})
    assert [mail.act for mail in mails_to(db, ana.email)] == ["signin.link"]


@pytest.mark.proves("A-6.5.5")
def test_a_link_to_sign_in_works_for_ten_minutes(client, ana, db, now):
    client.post("/sign-in/link", data={"identifier": ana.email})
    link = link_in(mails_to(db, ana.email)[0])
    with time_machine.travel(now + timedelta(minutes=11), tick=True):
        assert client.post(link).status_code == 410


@pytest.mark.proves("A-6.4.3")
def test_a_new_password_by_mail(app, client, ana, db):
    sign_in(client, ana)
    other = app.test_client()
    other.post("/sign-in/forgot", data={"identifier": ana.email})
    link = link_in(mails_to(db, ana.email)[0])
    assert 'autocomplete="new-password"' in other.get(link).text
    assert other.post(link, data={"password": "short"}).status_code == 422
    assert other.post(link, data={"password": "a new and longer one"}).status_code == 303
    assert is_in(other)
    assert not is_in(client)
    assert sign_in(client, ana).status_code == 422
    assert sign_in(client, ana, password="a new and longer one").status_code == 303


@pytest.mark.proves("F-40")
@pytest.mark.parametrize(
    "headers", [{"Host": "evil.example"}, {"X-Forwarded-Host": "evil.example"}, {"Forwarded": "host=evil.example"}]
)
def test_another_host_gets_into_no_mail(client, ana, db, headers):
    client.post("/sign-in/forgot", data={"identifier": ana.email}, headers=headers)
    for mail in mails_to(db, ana.email):
        assert "evil" not in f"{mail.data} {mail.secret}"
        assert mail.data["path"].startswith("/")


# --- one's own account


def test_another_device_is_signed_out_from_the_list(app, client, ana):
    sign_in(client, ana)
    other = app.test_client()
    other.post(
        "/sign-in",
        data={"identifier": ana.email, "password": PASSWORD},
        headers={"User-Agent": "Mozilla/5.0 (iPhone) AppleWebKit Safari"},
    )
    page = client.get("/me/security").text
    assert "Safari, iPhone" in page
    (session_id,) = re.findall(r'name="session_id" value="(\d+)"', page)
    assert client.post("/me/security/end", data={"session_id": session_id}).status_code == 303
    assert not is_in(other)
    assert is_in(client)


@pytest.mark.proves("A-8.2.2")
def test_nobody_ends_the_session_of_another(app, client, ana, db, now):
    luis = new_signed_up_member(db, now, name="Luis", email="luis@example.org")
    sign_in(client, ana)
    other = app.test_client()
    sign_in(other, luis)
    session_id = db.scalar(select(SignedIn.id).where(SignedIn.account_id == ana.account_id))
    assert other.post("/me/security/end", data={"session_id": session_id}).status_code == 404
    assert is_in(client)


def test_the_password_is_changed_with_the_current_one(client, ana):
    sign_in(client, ana)
    before = cookie_of(client)
    wrong = client.post("/me/password", data={"current": "a guess", "password": "a new and longer one"})
    assert wrong.status_code == 422
    assert "not the password that you use now" in wrong.text
    right = client.post("/me/password", data={"current": PASSWORD, "password": "a new and longer one"})
    assert right.location == "/me/security"
    assert cookie_of(client) != before
    assert "The new password counts" in client.get("/me/security").text


@pytest.mark.proves("A-7.5.1", "F-31")
def test_a_new_address_is_confirmed_there_and_told_to_the_old_one(client, ana, db):
    sign_in(client, ana)
    new = {"email": "new@example.org", "current": PASSWORD}
    assert client.post("/me/email", data={**new, "current": "a guess"}).status_code == 422
    assert client.post("/me/email", data=new).location == "/me/security"
    link = link_in(mails_to(db, "new@example.org")[0])
    client.get(link)
    db.rollback()
    assert db.scalar(select(Account.email)) == ana.email
    assert client.post(link).location == "/me/security"
    db.rollback()
    assert db.scalar(select(Account.email)) == db.scalar(select(Person.email)) == "new@example.org"
    told = mails_to(db, ana.email)[-1]
    assert (told.act, told.data["new"]) == ("email.changed", "n…@example.org")


@pytest.mark.proves("F-30")
def test_asking_for_an_address_that_somebody_has_looks_the_same(client, ana, db, now):
    new_signed_up_member(db, now, name="Luis", email="luis@example.org")
    sign_in(client, ana)
    pages = []
    for email in ("luis@example.org", "free@example.org"):
        sent = client.post("/me/email", data={"email": email, "current": PASSWORD})
        shown = re.sub("[0-9]{1,2}:[0-9]{2}", "", client.get("/me/security").text)  # a minute may pass meanwhile
        pages.append((sent.status_code, sent.location, shown))
    assert pages[0] == pages[1]
    assert mails_to(db, "luis@example.org") == []


# --- reading


def test_a_page_for_everybody_asks_nobodys_session(client, count_queries):
    with count_queries() as queries:
        client.get("/sign-in")
    assert not [statement for statement in queries.statements if "session" in statement]


def test_reading_pages_notes_the_visit_once_in_five_minutes(client, ana, now, count_queries):
    sign_in(client, ana)
    with time_machine.travel(now + timedelta(minutes=6), tick=True), count_queries() as queries:
        for _ in range(3):
            client.get("/me/security")
    assert len([statement for statement in queries.statements if statement.startswith("UPDATE session")]) == 1


@pytest.mark.proves("A-6.3.2")
def test_a_new_club_has_no_account(db):
    assert db.scalar(select(func.count()).select_from(Account)) == 0
    assert db.execute(text("SELECT COUNT(*) FROM staff")).scalar() == 0


def test_staff_see_their_sessions_only_after_the_second_factor(app, db, now):
    olga = new_colleague(db, now, Role.OWNER)
    assert browser_of(app, db, olga, now).get("/me/security").location.startswith("/admin/second-factor")
    assert browser_of(app, db, olga, now, second_factor=True).get("/me/security").status_code == 200
