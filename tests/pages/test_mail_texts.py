"""The editor of mail words: refused at the field, looked at before saved, tried, saved, taken back."""

import re

import pytest
from sqlalchemy import select

from club.messages.acts import TEST, WRITTEN
from club.messages.models import Message, latest
from club.messages.parts import parts_of
from club.messages.wording import latest_versions, words_in_force
from club.permissions import Role
from club.texts import LANGUAGES
from tests.people import browser_of, new_colleague, new_signed_up_member

pytestmark = pytest.mark.usefixtures("club")
EDIT = "/admin/templates/signin.link/es"


@pytest.fixture
def editor(app, db, now):
    return browser_of(app, db, new_colleague(db, now, Role.MARKETING), now, second_factor=True)


def typed(version="0", **changed):
    """The form as it is shown, with some parts typed anew."""
    parts = {f"part_{number}": "" for number in range(1, len(parts_of("signin.link")) + 1)}
    return {"version": version, "member": "", **parts, **changed}


def value_of(page, name):
    found = re.search(rf'<input[^>]*name="{name}"[^>]*value="([^"]*)"', page)
    return found and found[1]


def test_every_mail_has_an_editor_in_every_language(editor):
    listed = editor.get("/admin/templates").text
    for act in WRITTEN:
        for language in LANGUAGES:
            assert f"/admin/templates/{act}/{language}" in listed
            assert editor.get(f"/admin/templates/{act}/{language}").status_code == 200
    assert listed.count("None: shipped words") == len(WRITTEN)


def test_words_are_changed_looked_at_and_taken_back(db, editor):
    assert value_of(editor.get(EDIT).text, "part_1") == "{club}: su enlace de acceso"
    looked = editor.post(EDIT, data=typed(part_1="{club}: entre, {name}", do="look")).text
    assert "<strong>Nuestro club: entre, Ana</strong>" in looked
    assert latest_versions(db) == {}
    saved = editor.post(EDIT, data=typed(part_1="{club}: entre, {name}"))
    assert (saved.status_code, saved.location) == (303, EDIT)
    page = editor.get(EDIT).text
    assert "From now on mails say these words" in page
    assert value_of(page, "part_1") == "{club}: entre, {name}"
    assert value_of(page, "version") == "1"
    assert "2 languages missing" in editor.get("/admin/templates").text
    assert editor.post(f"{EDIT}/shipped", data={"version": "1"}).status_code == 303
    db.rollback()
    assert words_in_force(db, "signin.link", "es").words == {}
    older = editor.get(f"{EDIT}?version=1").text
    assert value_of(older, "part_1") == "{club}: entre, {name}"
    assert value_of(older, "version") == "2"
    assert "These are the words of version 1" in older


def test_an_unknown_field_is_refused_by_name_at_its_place_and_what_was_typed_stays(db, editor):
    answer = editor.post(EDIT, data=typed(part_1="Hola {tier}", part_2="Segunda {secret}"))
    assert answer.status_code == 422
    assert "<title>Error: " in answer.text
    assert "This mail has no field {tier}. Use {club}, {name} and {time}." in answer.text
    assert "This mail has no field {secret}." in answer.text
    assert 'id="part_1-error"' in answer.text and 'id="part_2-error"' in answer.text
    assert value_of(answer.text, "part_1") == "Hola {tier}"
    assert latest_versions(db) == {}


@pytest.mark.proves("F-44", "F-45")
@pytest.mark.parametrize("text", ["{{7*7}}", "{% for a in b %}", "{0.__class__}", "Hola\r\nBcc: all@example.org"])
@pytest.mark.parametrize("do", ["save", "look", "test"])
def test_hostile_words_are_a_mistake_in_the_form_and_nothing_else(db, editor, text, do):
    answer = editor.post(EDIT, data=typed(part_1=text, do=do))
    assert answer.status_code == 422
    assert "49" not in re.findall(r"<strong>.*?</strong>", answer.text)
    assert editor.post(f"{EDIT}/look", data=typed(part_1=text)).status_code == 422
    db.rollback()
    assert latest_versions(db) == {}
    assert db.scalars(select(Message.id).where(Message.act == TEST)).all() == []


@pytest.mark.proves("F-43")
def test_markup_that_was_typed_is_shown_as_text(editor):
    evil = "<script>alert(1)</script>"
    page = editor.post(EDIT, data=typed(part_1=evil, part_2=evil, do="look")).text
    mail = editor.post(f"{EDIT}/look", data=typed(part_2=evil)).text
    assert evil not in page and evil not in mail
    assert "&lt;script&gt;" in page and "&lt;script&gt;" in mail


def test_the_mail_is_looked_at_by_itself_wide_and_on_a_phone(editor):
    for method in (editor.get, editor.post):
        answer = method(
            f"{EDIT}/look?width=phone", data=typed(part_2="Una línea\notra") if method == editor.post else None
        )
        assert answer.status_code == 200
        assert "style-src 'unsafe-inline'" in answer.headers["Content-Security-Policy"]
        assert "max-width:375px" in answer.text
    assert "Una línea<br>\notra" in answer.text
    assert "max-width:375px" not in editor.get(f"{EDIT}/look").text


def test_a_chosen_member_reads_their_own_mail(db, now, editor):
    member = new_signed_up_member(db, now, name="Luis Ramírez")
    page = editor.post(EDIT, data=typed(member=member.member_number, do="look")).text
    assert "Hola, Luis Ramírez:" in page
    unknown = editor.post(EDIT, data=typed(member="nobody at all", do="look"))
    assert unknown.status_code == 422
    assert "No member has this number" in unknown.text
    assert editor.post(EDIT, data=typed(member="nobody at all")).status_code == 422
    assert latest_versions(db) == {}


def test_a_test_mail_goes_to_whoever_asks_and_the_typed_words_stay_in_the_form(db, editor):
    answer = editor.post(EDIT, data=typed(part_1="Sólo una prueba", do="test"))
    assert answer.status_code == 200
    assert "A test mail goes to marketing@example.org. Nothing is saved yet." in answer.text
    assert value_of(answer.text, "part_1") == "Sólo una prueba"
    db.rollback()
    letter = latest(db)[0]
    assert (letter.act, letter.recipient, letter.state) == (TEST, "marketing@example.org", "queued")
    for _ in range(9):
        editor.post(EDIT, data=typed(do="test"))
    too_many = editor.post(EDIT, data=typed(do="test"))
    assert too_many.status_code == 429
    assert "Too many tries." in too_many.text


def test_words_that_somebody_else_saved_meanwhile_are_not_written_over(db, editor):
    editor.post(EDIT, data=typed(part_1="Uno"))
    answer = editor.post(EDIT, data=typed(part_1="Dos"))
    assert answer.status_code == 422
    assert "Somebody else saved these words in the meantime." in answer.text
    assert value_of(answer.text, "part_1") == "Dos"
    assert editor.post(f"{EDIT}/shipped", data={"version": "7"}).status_code == 422
    for nonsense in ("", "x", "-1", "9" * 30):
        assert editor.post(EDIT, data=typed(version=nonsense, part_1="Tres")).status_code == 422
    db.rollback()
    assert list(words_in_force(db, "signin.link", "es").words.values()) == ["Uno"]


@pytest.mark.parametrize("path", ["no.such.act/es", "tier.reached/xx", "text.test/en", "layout/en"])
def test_there_is_no_editor_for_what_the_club_does_not_write(editor, path):
    for address in (f"/admin/templates/{path}", f"/admin/templates/{path}/look"):
        assert editor.get(address).status_code == 404
        assert editor.post(address).status_code == 404
    assert editor.post(f"/admin/templates/{path}/shipped").status_code == 404


def test_the_pages_ask_little_of_the_database(editor, count_queries):
    for path in ("/admin/templates", EDIT, f"{EDIT}/look"):
        with count_queries() as queries:
            editor.get(path)
        assert len(queries) <= 10
