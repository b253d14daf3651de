"""The club's own words in its mails: known fields only, versions, never another language, never a template."""

import re
from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from club.audit import AuditEntry
from club.database import transaction
from club.errors import NotAllowed, NotFound, NotOneLine, TextChanged, TextTooLong, TooManyTries, UnknownField
from club.messages.acts import TEST, WRITTEN
from club.messages.models import Message, MessageText, Wording, find_letter, latest
from club.messages.parts import parts_of
from club.messages.rendering import digest_of, render, shown
from club.messages.samples import sample_letter
from club.messages.service import queue
from club.messages.testing import MOST_AN_HOUR, queue_test
from club.messages.wording import (
    back_to_shipped,
    latest_versions,
    save_words,
    shipped_words,
    versions_of,
    words_in_force,
    words_of,
)
from club.permissions import Role
from club.programme.rules import Club
from club.texts import LANGUAGES
from tests.people import new_colleague

HOSTILE = [
    "{{7*7}}", "{{ cfg }}", "{% for a in b %}x{% endfor %}", "{0.__class__}", "{0}", "{}", "{name.__class__}",
    "{name!r}", "{name:>100000000}", "{self}", "{letter}", "{secret}", "{link}", "{data}", "{config}", "{request}",
    "{ name }", "{NAME}", "{name}{secret}", "{{name}}", "{club_name}", "{__import__('os')}", "{#x#}", "{tier.en}",
    "{'a'*9}", "{lambda: 1}", "{points_word}", "{shades}", "{home}", "{path}",
]  # fmt: skip
HARMLESS = [
    "<script>alert(1)</script>",
    "%(name)s",
    "100 %",
    "%s%n%d",
    "$name",
    "\\1",
    "a { b",
    "a } b",
    "<b>&amp;</b>",
]


def subject_of(act: str) -> str:
    return parts_of(act)[0].shipped


@pytest.fixture
def editor(db: Session, club: Club, now: datetime) -> int:
    return new_colleague(db, now, Role.MARKETING).account_id


def save(db: Session, editor: int, now: datetime, text: str, *, language: str = "es", seen: int = 0) -> int:
    return save_words(
        db, "tier.reached", language, {subject_of("tier.reached"): text}, seen=seen, by=editor, role=Role.MARKETING,
        now=now,
    )  # fmt: skip


@pytest.mark.parametrize("act", WRITTEN)
def test_the_parts_of_a_mail_are_all_that_it_says(act: str, club: Club, now: datetime) -> None:
    """Every part can be said in other words, and nothing is left of the shipped ones."""
    parts = parts_of(act)
    assert [part.kind for part in parts].count("subject") == 1
    assert [part.kind for part in parts].count("button") == 1
    assert len({part.shipped for part in parts}) == len(parts)
    letter = sample_letter(act, "en", now, {})
    own = {part.shipped: f"own {number}" for number, part in enumerate(parts)}
    rendered = render(letter, club, "https://club.example", Wording(1, own))
    said = rendered.subject + rendered.text
    assert [number for number in range(len(parts)) if f"own {number}" not in said] == []
    for part in parts:
        assert max(re.split(r"%\(\w+\)s", part.shipped), key=len) not in said


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("act", WRITTEN)
def test_shipped_words_written_as_own_words_make_the_same_mail(
    act: str, language: str, club: Club, now: datetime
) -> None:
    letter = sample_letter(act, language, now, {"name": "<Ana> {name} %(name)s"})
    own = {part.shipped: shipped_words(part, language) for part in parts_of(act)}
    assert render(letter, club, "https://x.example", Wording(1, own)) == render(letter, club, "https://x.example")


def test_own_words_are_said_from_the_moment_in_which_they_are_saved(
    db: Session, editor: int, club: Club, now: datetime
) -> None:
    assert save(db, editor, now, "{club}: ahora es {tier}, {name}") == 1
    letter = sample_letter("tier.reached", "es", now, {"name": "Ana"})
    assert render(letter, club, "https://x.example", words_of(db, letter)).subject == "Nuestro club: ahora es Oro, Ana"
    entry = db.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
    assert (entry.act, entry.subject, entry.by, entry.numbers) == (
        "message_text.saved", "message_text", editor, {"is_own": True},
    )  # fmt: skip


def test_a_language_without_own_words_says_its_shipped_words_and_never_anothers(
    db: Session, editor: int, club: Club, now: datetime
) -> None:
    save(db, editor, now, "Sólo en español")
    said = {}
    for language in LANGUAGES:
        letter = sample_letter("tier.reached", language, now, {})
        said[language] = render(letter, club, "https://x.example", words_of(db, letter)).subject
    assert said == {
        "en": "Our club: your level is now Gold",
        "es": "Sólo en español",
        "ru": "Наш клуб: теперь у вас уровень «Золото»",
    }


def test_a_field_that_a_message_has_nothing_for_leaves_the_shipped_words(club: Club, now: datetime) -> None:
    own = Wording(1, {subject_of("tier.reached"): "{name}: {day}"})
    whole = sample_letter("tier.reached", "en", now, {"name": "Ana", "until": "2027-03-27"})
    without_day = sample_letter("tier.reached", "en", now, {"name": "Ana", "until": None})
    nameless = sample_letter("tier.reached", "en", now, {"name": "", "until": "2027-03-27"})
    subjects = [render(letter, club, "https://x.example", own).subject for letter in (whole, without_day, nameless)]
    assert subjects == ["Ana: 27 March 2027", *["Our club: your level is now Gold"] * 2]


@pytest.mark.proves("F-45")
@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("place", ["subject", "paragraph", "button"])
def test_f45_what_is_no_field_of_the_mail_is_refused_by_its_name(
    db: Session, editor: int, now: datetime, text: str, place: str
) -> None:
    part = next(one for one in parts_of("password.changed") if one.kind == place)
    with pytest.raises(UnknownField) as refused:
        save_words(
            db, "password.changed", "en", {part.shipped: f"a {text} b"}, seen=0, by=editor, role=Role.MARKETING, now=now
        )
    assert refused.value.field not in refused.value.known == ("club", "name")
    assert db.scalars(select(MessageText.version)).all() == []


@pytest.mark.proves("F-45", "F-43")
@pytest.mark.parametrize("text", HARMLESS)
def test_f45_signs_of_other_languages_are_said_as_they_are_written(club: Club, now: datetime, text: str) -> None:
    parts = parts_of("password.changed")
    own = Wording(1, {part.shipped: f"{text} {{name}}" for part in parts})
    letter = sample_letter("password.changed", "en", now, {"name": "{club} <i>%(club)s"})
    rendered = render(letter, club, "https://x.example", own)
    assert rendered.subject == f"{text} {{club}} <i>%(club)s"
    assert f"{text} {{club}} <i>%(club)s:\n" in rendered.text
    assert "<script" not in rendered.html and "<i>" not in rendered.html


@pytest.mark.proves("F-44")
@pytest.mark.parametrize("text", ["Hola\r\nBcc: all@example.org", "a\nb", "a\u2028b", "a\x00b", "a\x1bb", "a\u202eb"])
@pytest.mark.parametrize("place", ["subject", "button"])
def test_f44_a_line_end_in_a_subject_or_a_button_is_refused(
    db: Session, editor: int, now: datetime, text: str, place: str
) -> None:
    part = next(one for one in parts_of("password.changed") if one.kind == place)
    with pytest.raises(NotOneLine):
        save_words(db, "password.changed", "en", {part.shipped: text}, seen=0, by=editor, role=Role.MARKETING, now=now)
    assert words_in_force(db, "password.changed", "en").version == 0


def test_a_paragraph_may_have_lines_and_every_text_has_a_length(db: Session, editor: int, now: datetime) -> None:
    subject, paragraph = parts_of("password.changed")[:2]
    act = {"by": editor, "role": Role.MARKETING, "now": now}
    save_words(db, "password.changed", "en", {paragraph.shipped: "One\r\n\r\n  two  "}, seen=0, **act)  # type: ignore[arg-type]
    assert words_in_force(db, "password.changed", "en") == Wording(1, {paragraph.shipped: "One\n\ntwo"})
    for part, most in ((subject, 150), (paragraph, 1500)):
        with pytest.raises(TextTooLong) as refused:
            save_words(db, "password.changed", "en", {part.shipped: "x" * (most + 1)}, seen=1, **act)  # type: ignore[arg-type]
        assert refused.value.most == most


def test_versions_are_kept_and_the_shipped_words_come_back_with_one_step(
    db: Session, editor: int, now: datetime
) -> None:
    save(db, editor, now, "Uno")
    save(db, editor, now, "Dos", seen=1)
    assert save(db, editor, now, "Dos", seen=2) == 2
    back_to_shipped(db, "tier.reached", "es", seen=2, by=editor, role=Role.MARKETING, now=now)
    assert [(one.version, one.by, one.is_own) for one in versions_of(db, "tier.reached", "es")] == [
        (3, "Marketing", False), (2, "Marketing", True), (1, "Marketing", True),
    ]  # fmt: skip
    assert words_in_force(db, "tier.reached", "es") == Wording(0, {})
    assert {place: one.version for place, one in latest_versions(db).items()} == {("tier.reached", "es"): 3}
    assert save(db, editor, now, "Uno", seen=3) == 4


def test_of_two_who_edit_at_once_the_second_is_told(db: Session, editor: int, now: datetime) -> None:
    save(db, editor, now, "Uno")
    with pytest.raises(TextChanged):
        save(db, editor, now, "Dos")
    assert list(words_in_force(db, "tier.reached", "es").words.values()) == ["Uno"]


@pytest.mark.parametrize("role", [Role.SHOP, Role.EVENTS, Role.SUPPORT, Role.READ_ONLY])
def test_who_may_not_change_words_changes_none(db: Session, editor: int, now: datetime, role: Role) -> None:
    with pytest.raises(NotAllowed):
        save_words(db, "tier.reached", "es", {}, seen=0, by=editor, role=role, now=now)
    with pytest.raises(NotAllowed):
        back_to_shipped(db, "tier.reached", "es", seen=0, by=editor, role=role, now=now)
    with pytest.raises(NotAllowed):
        queue_test(db, "tier.reached", "es", {}, {}, by=editor, role=role, now=now)
    assert (latest_versions(db), [letter.act for letter in latest(db) if letter.act == TEST]) == ({}, [])


def test_there_are_no_words_for_what_the_club_does_not_write(db: Session, editor: int, now: datetime) -> None:
    for act, language in (("no.such.act", "es"), (TEST, "es"), ("tier.reached", "xx"), ("../layout", "en")):
        with pytest.raises(NotFound):
            save_words(db, act, language, {}, seen=0, by=editor, role=Role.OWNER, now=now)


# --- test mails


def test_a_test_mail_says_what_was_typed_and_saves_nothing(db: Session, editor: int, club: Club, now: datetime) -> None:
    words = {subject_of("signin.link"): "Entre, {name}"}
    to = queue_test(db, "signin.link", "es", words, {"name": "Luis"}, by=editor, role=Role.MARKETING, now=now)
    letter = latest(db)[0]
    rendered = render(letter, club, "https://x.example", words_of(db, letter))
    assert (to, letter.act, letter.recipient) == ("marketing@example.org", TEST, "marketing@example.org")
    assert rendered.subject == "Prueba: Entre, Luis"
    assert "https://x.example/…/" in rendered.text
    assert latest_versions(db) == {}


def test_ten_test_mails_an_hour_are_enough(db: Session, editor: int, now: datetime) -> None:
    def ask(at: datetime) -> None:
        queue_test(db, "tier.reached", "es", {}, {}, by=editor, role=Role.MARKETING, now=at)

    for _ in range(MOST_AN_HOUR):
        ask(now)
    with pytest.raises(TooManyTries) as refused:
        ask(now.replace(minute=59))
    assert refused.value.wait_seconds == 61
    ask(now.replace(hour=now.hour + 1))
    assert [letter.act for letter in latest(db)].count(TEST) == MOST_AN_HOUR + 1


# --- what was sent stays what was sent


def test_the_fingerprint_is_the_same_before_and_after_the_secret_is_forgotten(
    db: Session, club: Club, now: datetime
) -> None:
    with transaction(db) as tx:
        queue(
            tx, "signin.link", occurrence="1", recipient="ana@example.org", language="ru", addressee="account:1",
            data={"name": "Анна", "path": "/sign-in/link/", "minutes": 30}, secret="one-time", now=now,
        )  # fmt: skip
    letter = latest(db)[0]
    before = digest_of(letter, club, "https://x.example")
    rendered = render(shown(letter), club, "https://x.example")
    assert "one-time" not in rendered.text + rendered.html
    assert "/sign-in/link/(скрыто)" in rendered.text
    with transaction(db) as tx:
        tx.execute(update(Message).values(secret=None))
    after = find_letter(db, letter.id)
    assert after is not None
    assert digest_of(after, club, "https://x.example") == before
    assert digest_of(replace(after, language="es"), club, "https://x.example") != before
