"""Legal texts: drafts, versions that stay, what a consent points to, and what hostile words become."""

import re

import pytest
from sqlalchemy import select

from club.errors import ChangedMeanwhile, LegalTextMissing, NotAllowed
from club.members.models import Consent
from club.permissions import Role
from club.programme.legal import Legal, consent_version, draft, editions, in_force, published
from club.programme.publishing import draft_or_shipped, mark_of_draft, publish, save_draft, shipped
from club.texts import LANGUAGES, Texts
from tests.people import browser_of, link_in, mails_to, new_colleague
from web.prose import prose

pytestmark = pytest.mark.usefixtures("club")


@pytest.fixture
def owner(db, now):
    return new_colleague(db, now, Role.OWNER)


@pytest.fixture
def write(db, owner, now):
    """Save a draft of the terms, or of another text."""

    def writing(text, kind=Legal.TERMS, **languages):
        body = dict.fromkeys(LANGUAGES, text) | languages
        seen = mark_of_draft(draft_or_shipped(db, kind))
        db.rollback()
        save_draft(db, kind, Texts(body), seen, owner.account_id, Role.OWNER, now)

    return writing


@pytest.fixture
def let_count(db, owner, now):
    def publishing(kind=Legal.TERMS):
        seen = mark_of_draft(draft_or_shipped(db, kind))
        db.rollback()
        return publish(db, kind, seen, owner.account_id, Role.OWNER, now)

    return publishing


def test_every_text_comes_as_a_draft_in_every_language_with_the_clubs_own_data(club):
    for kind in Legal:
        for code in LANGUAGES:
            text = shipped(kind, club)[code]
            assert len(text) > 300, (kind, code)
            assert "$" not in text, (kind, code)
    assert "essential cookies only" in shipped(Legal.PRIVACY, club)["en"]


@pytest.mark.proves("R169")
def test_a_published_version_stays_readable_when_a_newer_one_counts(client, db, write, let_count):
    write("First terms")
    assert in_force(db, Legal.TERMS) is None
    assert [let_count(), draft(db, Legal.TERMS)] == [1, {}]
    write("Second terms")
    assert "First terms" in client.get("/terms").text
    assert let_count() == 2
    page = client.get("/terms").text
    assert ("Second terms" in page, "First terms" in page, "Version 2, published on 15 June 2026" in page) == (
        True,
        False,
        True,
    )
    old = client.get("/terms/1").text
    assert ("First terms" in old, "This is an older version" in old) == (True, True)
    assert "Nuestro club" in client.get("/terms/0", headers={"Accept-Language": "es"}).text
    assert [one.version for one in editions(db, Legal.TERMS)] == [2, 1]
    assert client.get("/terms/3").status_code == client.get("/privacy/1").status_code == 404


def test_a_text_that_lacks_a_language_is_not_published(db, write, let_count):
    write("Terms", ru=" ")
    with pytest.raises(LegalTextMissing):
        let_count()
    db.rollback()
    assert editions(db, Legal.TERMS) == []


def test_a_stale_draft_is_not_saved_over_another(db, now, owner, write):
    seen = mark_of_draft(draft_or_shipped(db, Legal.TERMS))
    db.rollback()
    write("A colleague was quicker")
    for attempt in (
        lambda: save_draft(db, Legal.TERMS, Texts({"en": "Mine"}), seen, owner.account_id, Role.OWNER, now),
        lambda: publish(db, Legal.TERMS, seen, owner.account_id, Role.OWNER, now),
    ):
        with pytest.raises(ChangedMeanwhile):
            attempt()
    assert draft(db, Legal.TERMS)["en"] == "A colleague was quicker"


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OWNER])
def test_only_owners_write_and_publish(db, now, role):
    for attempt in (
        lambda: save_draft(db, Legal.TERMS, Texts({}), "", 1, role, now),
        lambda: publish(db, Legal.TERMS, "", 1, role, now),
    ):
        with pytest.raises(NotAllowed):
            attempt()


@pytest.mark.proves("R169")
def test_a_consent_points_to_the_version_that_was_shown(client, db, write, let_count):
    assert consent_version(db, "terms", "shipped") == "shipped"
    write("The terms")
    let_count()
    write("The notice", kind=Legal.PRIVACY)
    let_count(Legal.PRIVACY)
    write("The notice, again", kind=Legal.PRIVACY)
    let_count(Legal.PRIVACY)
    form = {
        "name": "Ana",
        "email": "ana@example.org",
        "password": "a quiet lake in autumn",
        "terms": "y",
        "news_email": "y",
    }
    client.post("/join", data=form)
    client.post(link_in(mails_to(db, "ana@example.org")[0]))
    db.rollback()
    kept = {row[0]: row[1] for row in db.execute(select(Consent.purpose, Consent.text_version))}
    assert kept == {"terms": "terms-1", "privacy": "privacy-2", "news": "privacy-2"}
    assert published(db, Legal.PRIVACY, 2).body["en"] == "The notice, again"


@pytest.mark.proves("A-1.3.1", "F-43")
@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](vbscript:x)",
        "<a href='javascript:alert(1)'>x</a>",
        "![x](https://evil.example/track.png)",
        "<style>*{display:none}</style>",
        "<javascript:alert(1)>",
        "[x]: javascript:alert(1)\n\n[x]",
        '<p style="position:fixed">x</p>',
        "</div></main><form action=https://evil.example>",
    ],
)
def test_hostile_words_become_words(hostile):
    made = str(prose(hostile))
    assert set(re.findall(r"<(\w+)", made)) <= {"p", "a", "h2", "h3"}
    assert not re.search(r"<[^>]+(on\w+|style|src)\s*=", made)
    assert not re.search(r'href="(?!https?:|mailto:|tel:|/|#)', made)


def test_headings_lists_and_links_are_kept():
    made = str(prose("# Head\n\n## Part\n\n- one\n- **two**\n\n[club](https://club.example)"))
    for part in (
        "<h2>Head</h2>",
        "<h2>Part</h2>",
        "<li>one</li>",
        "<strong>two</strong>",
        'href="https://club.example"',
    ):
        assert part in made
    assert "<h1" not in made


def test_a_huge_text_is_refused_and_a_long_one_is_shown(app, db, now, owner):
    office = browser_of(app, db, owner, now, second_factor=True)
    page = office.get("/admin/settings/legal/terms").text
    seen = re.search(r'name="seen"[^>]*value="([0-9a-f]+)"', page).group(1)
    body = {"body_es": "Texto", "body_ru": "Текст", "seen": seen, "do": "save"}
    assert office.post("/admin/settings/legal/terms", data={**body, "body_en": "x" * 60_001}).status_code == 422
    assert office.post("/admin/settings/legal/terms", data={**body, "body_en": "> " * 3000 + "\n"}).status_code == 303
    assert office.get("/admin/settings/legal/terms/publish").status_code == 200


def test_from_the_draft_to_what_members_read(app, client, db, now, owner):
    office = browser_of(app, db, owner, now, second_factor=True)
    page = office.get("/admin/settings/legal/returns").text
    seen = re.search(r'name="seen"[^>]*value="([0-9a-f]+)"', page).group(1)
    body = {"body_en": "## Ours", "body_es": "## Lo nuestro", "body_ru": "## Наше", "seen": seen}
    shown = office.post("/admin/settings/legal/returns", data={**body, "do": "preview"}).text
    assert "<h2>Lo nuestro</h2>" in shown
    assert "<h2>Ours</h2>" not in client.get("/returns").text
    assert office.post("/admin/settings/legal/returns", data={**body, "do": "save"}).status_code == 303
    page = office.get("/admin/settings/legal/returns/publish").text
    seen = re.search(r'name="seen"[^>]*value="([0-9a-f]+)"', page).group(1)
    assert office.post("/admin/settings/legal/returns/publish", data={"seen": seen}).status_code == 303
    assert "<h2>Ours</h2>" in client.get("/returns").text
    log = office.get("/admin/audit?group=club").text
    assert ("Legal text published" in log, "Version: 1" in re.sub(r"\s+", " ", log)) == (True, True)
