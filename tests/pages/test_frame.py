"""What every page keeps: headers, hosts, form keys, languages, error pages, files."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from flask import abort, request
from sqlalchemy import text
from werkzeug.exceptions import RequestEntityTooLarge, TooManyRequests

from club import errors
from club.catalogue.rules.faults import Fault, Place
from club.catalogue.rules.products import NoReturn
from club.content.rules import Fault as ArticleFault
from club.errors import Refusal
from club.events.rules import Fault as EventFault
from club.events.rules import State as EventState
from club.gifts.rules import Fault as GiftFault
from club.offers.rules import Fault as OfferFault
from club.permissions import Permission, Role
from club.settings import Mode
from web.access import AccessRule, Door, open_to_all, staff_only
from web.messages import words_for
from web.security import may_repeat
from web.visitors import Visitor
from wsgi import create_app

pytestmark = pytest.mark.usefixtures("club")

SPANISH, RUSSIAN = {"Accept-Language": "es"}, {"Accept-Language": "ru-RU,ru;q=0.9,en;q=0.5"}


@open_to_all
def fail(code):
    """Ends in the kind of trouble that its address names."""
    match code:
        case 413:
            raise RequestEntityTooLarge
        case 429:
            raise TooManyRequests(retry_after=60)
        case 500:
            raise RuntimeError("a secret of the house")
        case 422:
            raise errors.NotEnoughPoints(have=10, need=200)
        case _:
            abort(code)


@open_to_all
@may_repeat("box")
def take():
    return {"box": request.form.getlist("box"), "name": request.form.get("name")}


def forgotten():
    return "open by mistake"


def pages_that_fail(program):
    """Addresses that end in each kind of trouble."""
    program.add_url_rule("/test/fail/<int:code>", view_func=fail)
    program.add_url_rule("/test/take", view_func=take, methods=["POST"])
    program.add_url_rule("/test/forgotten", view_func=forgotten)
    program.add_url_rule("/test/staff", view_func=staff_only(Permission.EDIT_TIERS)(lambda: "for staff"))


@pytest.fixture
def more_addresses():
    return pages_that_fail


@pytest.mark.proves("A-3.4.1", "A-3.4.3", "A-3.4.4", "A-3.4.5", "A-3.4.6")
@pytest.mark.parametrize(
    ("address", "status"),
    [("/", 200), ("/language/es?next=/", 303), ("/theme.css", 200), ("/nowhere", 404)]
    + [(f"/test/fail/{code}", code) for code in (400, 403, 404, 405, 413, 422, 429, 500)],
)
def test_every_answer_carries_the_headers_whatever_its_status(client, address, status):
    answer = client.get(address)
    assert answer.status_code == status
    policy = answer.headers["Content-Security-Policy"]
    assert {"default-src 'none'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"} <= set(
        policy.split("; ")
    )
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "Permissions-Policy" in answer.headers
    assert "Cache-Control" in answer.headers


@pytest.mark.proves("A-3.4.1", "A-3.3.1")
def test_in_production_browsers_are_told_to_stay_with_https(settings, engine):
    program = create_app(replace(settings, mode=Mode.PRODUCTION, base_url="https://club.example"))
    client = program.test_client()
    for address in ("/", "/nowhere", "/language/es"):
        answer = client.get(address, base_url="https://club.example")
        assert answer.headers["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains"
    cookie = client.get("/language/es", base_url="https://club.example").headers["Set-Cookie"]
    assert {"Secure", "HttpOnly", "SameSite=Lax"} <= set(cookie.split("; "))
    assert program.config["SESSION_COOKIE_NAME"].startswith("__Host-")
    assert client.get("/", base_url="https://evil.example").status_code == 400
    program.extensions["club_engine"].dispose()


def test_only_the_clubs_own_host_is_answered(client):
    assert client.get("/", base_url="http://localhost").status_code == 200
    refused = client.get("/", base_url="http://evil.example")
    assert refused.status_code == 400
    assert "evil.example" not in refused.text


@pytest.mark.parametrize("code", [400, 403, 404, 405, 413, 422, 429])
def test_an_error_page_says_what_to_do_in_the_readers_language(client, code):
    answer = client.get(f"/test/fail/{code}", headers=RUSSIAN)
    assert answer.status_code == code
    assert '<html lang="ru">' in answer.text
    assert re.search(r"<h1>.*[а-я]", answer.text)
    assert answer.headers.get("Retry-After") == ("60" if code == 429 else None)


def test_a_fault_of_ours_shows_a_reference_and_no_secret(client, caplog):
    answer = client.get("/test/fail/500", headers=SPANISH)
    reference = re.findall(r'<strong class="num">([0-9A-F]{8})</strong>', answer.text)[0]
    assert (answer.status_code, "secret of the house" in answer.text) == (500, False)
    assert [record.getMessage() for record in caplog.records if reference in record.getMessage()] != []


def test_a_fault_at_a_mailed_link_logs_neither_the_link_nor_what_a_statement_carried(app, client, caplog, monkeypatch):
    carried = "-".join(("carried", "secret"))  # the log shows lines of code

    def fail(db, *args, **kwargs):
        db.execute(text("SELECT :value FROM nowhere"), {"value": carried})

    monkeypatch.setattr("portal.signin.find_link", fail)
    assert client.get("/sign-in/link/mailed-secret").status_code == 500
    assert "/sign-in/link/…" in caplog.text
    assert "mailed-secret" not in caplog.text
    assert "carried-secret" not in caplog.text


def test_a_refusal_that_no_page_explained_is_said_in_words(client):
    assert "10\u00a0points are there, 200\u00a0points are needed." in client.get("/test/fail/422").text


_VALUES = {
    str(str): "x",
    str(date): date(2026, 1, 1),
    str(datetime): datetime(2026, 1, 1, 12, tzinfo=UTC),
    str(tuple[str, ...]): ("x", "y"),
    str(tuple[int, ...]): (7, 8),
}
_NAMED = {"fault": Fault.TWICE, "place": Place.NAME}
"""Fields that hold one of a list."""
_OWN: dict[type[Refusal], dict[str, str]] = {
    errors.BadArticle: {"fault": ArticleFault.TITLE},
    errors.BadGiftRule: {"fault": GiftFault.TITLE.value},
    errors.BadKeptDay: {"fault": "name"},
    errors.BadOffer: {"fault": OfferFault.TITLE},
    errors.BadReferralTerms: {"fault": "points"},
    errors.BadEvent: {"fault": EventFault.TITLE},
    errors.CannotComeBack: {"why": NoReturn.HYGIENE},
    errors.EventNotOpen: {"state": EventState.OVER},
}
"""Those whose list is their own."""


def _all_refusals():
    made = []
    for name in dir(errors):
        kind = getattr(errors, name)
        if isinstance(kind, type) and issubclass(kind, Refusal) and kind is not Refusal:
            hints = getattr(kind, "__annotations__", {})
            values = {field: _NAMED.get(field, _VALUES.get(str(hint), 7)) for field, hint in hints.items()}
            made.append(kind(**values | _OWN.get(kind, {})))
    return made


def test_every_refusal_has_words_of_its_own(app):
    def is_wrong(words):
        return not words or words == words_for(Refusal()) or re.search(r"(?i)invalid|please|sorry|oops|!", words)

    with app.test_request_context():
        said = {type(refusal).__name__: words_for(refusal) for refusal in _all_refusals()}
        assert len(said) > 200
        assert {name: words for name, words in said.items() if is_wrong(words)} == {}


def test_whatever_is_wrong_with_a_rule_of_gifts_or_the_terms_for_friends_is_said_in_words(app):
    with app.test_request_context():
        said = [words_for(errors.BadGiftRule(fault.value)) for fault in GiftFault]
        said += [words_for(errors.BadReferralTerms(fault)) for fault in ("points", "offer", "range", "landing")]
    assert len(set(said)) == len(said)
    assert all(said)


def test_whatever_is_wrong_with_a_product_or_a_price_is_said_in_words(app):
    with app.test_request_context():
        said = {words_for(errors.BadProduct(place, fault, "7")) for place in Place for fault in Fault}
        said |= {words_for(errors.BadPrice(fault, "7")) for fault in Fault}
    assert len(said) >= len(Place) * len(Fault)
    assert all(said)


# --- forms


@pytest.mark.proves("A-15.3.7")
def test_a_key_that_comes_twice_is_refused(client):
    assert client.post("/test/take", data={"name": ["a", "b"]}).status_code == 400
    assert client.post("/test/take?name=a&name=b", data={}).status_code == 400
    assert client.post("/test/take", data={"name": "a", "box": ["1", "2"]}).json == {"box": ["1", "2"], "name": "a"}


@pytest.mark.proves("A-3.5.1", "A-3.5.2")
@pytest.mark.usefixtures("asks_for_form_keys")
def test_a_form_without_its_key_changes_nothing_and_says_what_to_do(client):
    answer = client.post("/test/take", data={"name": "a"})
    assert answer.status_code == 400
    assert "Nothing was changed. Open the page again" in answer.text


@pytest.mark.proves("A-3.5.1")
@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost.evil.example"])
def test_a_form_from_another_site_is_refused(client, origin):
    assert client.post("/test/take", data={"name": "a"}, headers={"Origin": origin}).status_code == 403
    assert client.post("/test/take", data={"name": "a"}, headers={"Origin": "http://localhost"}).status_code == 200


@pytest.mark.proves("A-3.4.2")
def test_no_other_origin_is_let_in(client):
    answer = client.get("/", headers={"Origin": "https://evil.example"})
    assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]


# --- access


def test_a_page_whose_rule_was_forgotten_is_closed(client):
    assert client.get("/test/forgotten").status_code == 403


MEMBER = Visitor(1, 7, "Ana", None, 1, "es", second_factor_done=False)
OWNER = Visitor(2, None, "Olga", Role.OWNER, 2, "ru", second_factor_done=True)


@pytest.mark.parametrize(
    ("rule", "who", "is_open"),
    [
        (AccessRule(Door.EVERYBODY), None, True),
        (AccessRule(Door.MEMBERS), None, False),
        (AccessRule(Door.MEMBERS), MEMBER, True),
        (AccessRule(Door.MEMBERS), OWNER, False),
        (AccessRule(Door.STAFF, Permission.EDIT_TIERS), None, False),
        (AccessRule(Door.STAFF, Permission.EDIT_TIERS), MEMBER, False),
        (AccessRule(Door.STAFF, Permission.EDIT_TIERS), OWNER, True),
        (AccessRule(Door.STAFF, Permission.EDIT_TIERS), replace(OWNER, second_factor_done=False), False),
        (AccessRule(Door.STAFF, Permission.EDIT_TIERS), replace(OWNER, role=Role.READ_ONLY), False),
        (AccessRule(Door.STAFF), OWNER, False),
    ],
)
def test_a_rule_opens_to_whom_it_names(rule, who, is_open):
    assert rule.allows(who) is is_open


# --- languages


@pytest.mark.parametrize(
    ("sent", "language"),
    [
        ({}, "en"),
        (SPANISH, "es"),
        (RUSSIAN, "ru"),
        ({"Accept-Language": "es-MX"}, "es"),
        ({"Accept-Language": "fr"}, "en"),
    ],
)
def test_the_first_visit_speaks_the_browsers_language_else_the_clubs(client, sent, language):
    assert f'<html lang="{language}">' in client.get("/", headers=sent).text


def test_switching_the_language_keeps_the_page_and_is_remembered(client):
    links = re.findall(r'href="(/language/ru\?next=[^"]+)"', client.get("/menu?a=1&b=%C3%B1").text)
    answer = client.get(links[0].replace("&amp;", "&"))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/menu?a=1&b=%C3%B1")
    assert '<html lang="ru">' in client.get("/menu", headers=SPANISH).text


@pytest.mark.proves("F-39")
@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example/", "/\\evil.example", ""])
def test_switching_the_language_never_leads_elsewhere(client, target):
    assert client.get("/language/es", query_string={"next": target}).headers["Location"] == "/"


def test_an_unknown_language_in_the_cookie_is_not_believed(client):
    client.set_cookie("language", "../../etc")
    assert client.get("/").status_code == 200


# --- files


def test_style_sheets_scripts_and_fonts_may_be_kept_for_a_year_and_are_squeezed(client):
    page = client.get("/").text
    theme = re.findall(r'href="(/theme\.css\?v=[0-9a-f]+)"', page)[0]
    files = re.findall(r'(?:href|src)="(/assets/[^"]+)"', page) + re.findall(r"url\(([^)]+)\)", client.get(theme).text)
    assert sorted(address.rsplit("/", 1)[1] for address in files) == [
        "bootstrap.css", "club.css", "club.js", "manrope.woff2", "source-serif.woff2",
    ]  # fmt: skip
    sent = 0
    for address in [*files, theme]:
        answer = client.get(address, headers={"Accept-Encoding": "gzip"})
        sent += len(answer.data)
        assert (answer.status_code, answer.headers["Content-Encoding"]) == (200, "gzip")
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert "Set-Cookie" not in answer.headers
    assert sent + len(page.encode()) < 200_000


@pytest.mark.parametrize(
    "address", ["/assets/0000000000000000/club.css", "/assets/x/../../wsgi.py", "/assets/", "/.git/HEAD"]
)
def test_nothing_else_is_served(client, address):
    assert client.get(address).status_code == 404


def test_a_club_that_is_not_set_up_says_so(client, db):
    db.execute(text("DELETE FROM programme"))
    db.commit()
    answer = client.get("/", headers=SPANISH)
    assert (answer.status_code, "<h1>" in answer.text) == (503, True)
