"""What the mails look like: whole in three languages, the club's own look, and nothing in them is a template."""

from dataclasses import replace
from datetime import datetime
from html.parser import HTMLParser

import html5lib
import pytest

from club.messages.acts import ACTS, WRITTEN
from club.messages.mail import compose, transportable
from club.messages.models import Letter
from club.messages.rendering import render
from club.programme import service as programme
from club.texts import LANGUAGES

EVERYTHING = {
    "name": "Ana",
    "path": "/somewhere/",
    "number": "7F3K-92QD",
    "points": 1200,
    "new": "a…@example.org",
    "role": "owner",
    "tier": {"en": "Gold", "es": "Oro", "ru": "Золотой"},
    "until": "2027-03-31",
    "multiplier_percent": 150,
    "discount_percent": 5,
    "product": {"en": "Red wine", "es": "Vino tinto", "ru": "Красное вино"},
    "slug": "red-wine",
    "order": "H4T7-29KM",
    "reference": "7KQ2MXD",
    "key": "unguessable",
    "code": "K7Q2MX",
    "carrier": "SEUR",
    "tracking": "1Z999",
    "currency": "EUR",
    "items": [{"name": {"en": "Red wine", "es": "Vino tinto", "ru": "Красное вино"}, "quantity": 2, "amount": 4800}],
    "goods": 4800,
    "discount": 0,
    "spent": 500,
    "spent_value": 500,
    "delivery_price": 490,
    "way": {"en": "Parcel", "es": "Paquete", "ru": "Посылка"},
    "total": 4790,
    "due": 4790,
    "refund": 4790,
    "place": "unguessable/returns/R1",
    "came": "2027-03-01",
    "clock": "10:42",
    "sent_to": "Calle 7",
    "event": {"en": "Tasting", "es": "Cata", "ru": "Дегустация"},
    "starts": "2027-03-27T19:00",
    "answer_by": "2027-03-20",
    "where": "Calle 7",
    "former_starts": "2027-03-26T18:30",
    "former_where": "Calle 8",
    "answer": "—",
    "day_name": {"en": "Teachers' Day", "es": "Día del Docente", "ru": "День учителя"},
    "years": 5,
    "worth": 1200,
    "saved": 2150,
    "month": "2027-02",
    "opening": 940,
    "earned": 510,
    "used": -200,
    "expired": -50,
    "corrected": 0,
    "closing": 1200,
    "gift": {"en": "Half way", "es": "A medio camino", "ru": "Половина пути"},
    "offer": {"en": "Ten off", "es": "Diez menos", "ru": "Скидка"},
    "offer_words": {"en": "From the new harvest.", "es": "De la nueva cosecha.", "ru": "Нового урожая."},
    "friend": "Ana",
    "member": "Berta",
    "back": 500,
    "taken": 67,
    "before": "K2M9-41TX",
    "carried": 3890,
    "to_pay": 900,
    "by": "2027-03-27T18:00",
    "words": "—",
    "writer": "—",
    "asks": True,
    "left_out": "—",
    "titles": ["—"],
    "more": True,
}


def letter_for(act: str, language: str, now: datetime, **data: object) -> Letter:
    lifetime = dict.fromkeys(ACTS[act].needs & {"minutes", "hours", "days"}, 30)
    return Letter(
        id=1, act=act, person_id=None, recipient="ana@example.org", language=language,
        data=EVERYTHING | lifetime | data, secret="one-time", state="queued", tries=1, next_try_at=now,
        message_id="<1@example.org>", last_error="", created_at=now, sent_at=None,
    )  # fmt: skip


@pytest.mark.parametrize(("act", "language"), [(act, language) for act in WRITTEN for language in LANGUAGES])
def test_every_mail_is_whole_in_every_language(act: str, language: str, now: datetime) -> None:
    club = replace(programme.defaults(now.date()), contact_email="hola@example.org")
    rendered = render(letter_for(act, language, now), club, "https://club.example")
    html5lib.HTMLParser(strict=True).parse(rendered.html)
    seen = Seen.in_page(rendered.html)
    leads_to = f"{ACTS[act].page}{EVERYTHING.get(ACTS[act].ends_with, '')}" or "/somewhere/one-time"
    assert f"https://club.example{leads_to}" in seen.links
    assert f"https://club.example{leads_to}" in rendered.text
    assert seen.language == language
    assert seen.tags.isdisjoint({"img", "script", "link", "style", "form", "iframe"})
    assert club.name.into(language) in rendered.subject
    assert rendered.subject.isprintable()
    assert club.brand_color.lower() in rendered.html.lower()
    assert max(len(line) for line in rendered.text.splitlines()) <= 80


@pytest.mark.parametrize("language", ["es", "ru"])
def test_no_sentence_of_a_mail_is_left_in_english(language: str, now: datetime) -> None:
    club = programme.defaults(now.date())
    data = {"name": "", "number": "", "tier": {"en": ""}, "titles": []}
    left = {}
    for act in WRITTEN:
        english = render(letter_for(act, "en", now, **data), club, "https://club.example")
        other = render(letter_for(act, language, now, **data), club, "https://club.example")
        same = set(_sentences(english.text)) & set(_sentences(other.text))
        left[act] = same | ({english.subject} & {other.subject})
    assert {act: lines for act, lines in left.items() if lines} == {}


def _sentences(text: str) -> list[str]:
    return [part for part in text.split("\n\n") if " " in part and "https://" not in part]


def test_a_mail_has_the_head_that_mail_programs_and_robots_look_for(now: datetime) -> None:
    club = replace(programme.defaults(now.date()), contact_email="hola@example.org")
    letter = replace(letter_for("join.confirm", "es", now), recipient="ana@exämple.org")
    mail = compose(letter, render(letter, club, "https://club.example"), club, "club@example.org", now)
    assert {name: str(mail[name]) for name in ("From", "To", "Reply-To", "Message-ID", "Content-Language")} == {
        "From": "Nuestro club <club@example.org>",
        "To": "ana@xn--exmple-cua.org",
        "Reply-To": "hola@example.org",
        "Message-ID": "<1@example.org>",
        "Content-Language": "es",
    }
    assert mail["Auto-Submitted"] == "auto-generated"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert all(len(line) <= 998 for line in mail.as_bytes().splitlines())


@pytest.mark.parametrize(
    "name", ["{{ 7 * 7 }}", "{% for a in b %}", "{0.__class__}", "%(name)s", "<script>alert(1)</script>", "100 %", "Ë"]
)
def test_f45_a_name_is_never_a_template(name: str, now: datetime) -> None:
    club = programme.defaults(now.date())
    rendered = render(letter_for("tier.reached", "en", now, name=name, tier={"en": name}), club, "https://club.example")
    assert rendered.text.startswith(f"Hello {name},\n")
    assert name in rendered.subject
    seen = Seen.in_page(rendered.html)
    assert f"Hello {name}," in seen.words
    assert "script" not in seen.tags


def test_the_link_of_a_message_whose_secret_is_gone_leads_to_where_a_new_one_can_be_had(now: datetime) -> None:
    letter = replace(letter_for("signin.link", "en", now), secret=None)
    rendered = render(letter, programme.defaults(now.date()), "https://club.example")
    assert "https://club.example/sign-in\n" in rendered.text


def test_an_address_travels_with_its_host_in_ascii() -> None:
    assert transportable("анна@пример.рф") == "анна@xn--e1afmkfd.xn--p1ai"


class Seen(HTMLParser):
    """Links, tags, language and words of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.tags: set[str] = set()
        self.language = ""
        self.words = ""

    @classmethod
    def in_page(cls, page: str) -> "Seen":
        seen = cls()
        seen.feed(page)
        return seen

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.tags.add(tag)
        self.links |= {given["href"]} if "href" in given else set()
        self.language = given.get("lang", self.language)

    def handle_data(self, data: str) -> None:
        self.words += data
