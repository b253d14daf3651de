"""A message as people read it: subject, plain text and HTML in the club's look and the reader's language."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from babel import Locale
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from club.loading import OnFirstUse
from club.messages import words
from club.messages.acts import ACTS, MONEY_BACK, TEST
from club.messages.calendars import Appointment, event_entry, event_uid
from club.messages.models import SHIPPED, Letter, Wording
from club.messages.parts import TEMPLATES
from club.messages.rules import filled, lifetime_of
from club.messages.sums import item_rows, sum_rows, turnover_rows
from club.programme.brand import Brand, shades_of
from club.programme.rules import Club
from club.texts import Texts

if TYPE_CHECKING:
    import css_inline
else:
    css_inline = OnFirstUse("css_inline")

PAGE = "page.html"
"""The kind of a copy on a page of the club's own; the others are "txt" and "html"."""
_TOO_MANY_LINES = re.compile(r"\n{3,}")
_UNSAID: dict[str, object] = {
    "tier": {},
    "until": None,
    "multiplier_percent": 100,
    "discount_percent": 0,
    "product": {},
    "event": {},
    "gift": {},
    "day_name": {},
    "month": "",
    "worth": 0,
    "saved": 0,
    "offer": {},
    "offer_words": {},
    "starts": "",
    "where": "",
    "former_starts": "",
    "former_where": "",
    "answer_by": None,
    "inviter": "",
    "carrier": "",
    "tracking": "",
    "sent_to": "",
    **dict.fromkeys(MONEY_BACK, 0),
    "key": "",
    "paper": "",
    "follows": False,
    "left_out": "",
    "more": 0,
}
"""What a message may leave out."""
_BREAK = Markup("<br>\n")


@cache
def _inliner() -> "css_inline.CSSInliner":
    return css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=False)


@dataclass(frozen=True)
class Rendered:
    """What one reader sees."""

    subject: str
    text: str
    html: str
    calendar: bytes | None = None
    """An entry for the reader's calendar."""
    stop: str = ""
    """Where mails of this kind are ended; empty where they cannot be."""


def render(letter: Letter, club: Club, base_url: str, wording: Wording = SHIPPED, key: str = "") -> Rendered:
    """The words of a message, the club's own where it has some. `key`: to the reader's choices; empty: not shown.

    Values in it are never templates: they are put in once, escaped where it is HTML. Raises LookupError for an act
    without words or a message without what its words need.
    """
    letter, wording, about = _as_written(letter, wording)
    values = _values(letter, club, base_url, key)
    subject, text = _plain(letter, values, wording)
    say = _speaker(letter.language, "html", wording, values)
    html = _environment(letter.language, "html").get_template(f"{letter.act}.txt")
    page = _inliner().inline(html.render(values | {"gettext": say}))
    return Rendered(
        subject=about(subject),
        text=text,
        html=page,
        calendar=_calendar(letter, values, base_url),
        stop=stop_of(letter, base_url, key),
    )


def copy_of(letter: Letter, club: Club, wording: Wording = SHIPPED) -> tuple[str, str]:
    """Subject and words, as HTML, for a page of the club's own: no address of outside, and no secret of a link."""
    letter, values = _for_inside(letter, club)
    subject = _subject(letter, values | {"gettext": _speaker(letter.language, "txt", wording, values)})
    say = _speaker(letter.language, PAGE, wording, values)
    page = _environment(letter.language, PAGE).get_template(f"{letter.act}.txt")
    return subject, _TOO_MANY_LINES.sub("\n\n", page.render(values | {"gettext": say})).strip()


def subject_of(letter: Letter, club: Club, wording: Wording = SHIPPED) -> str:
    """The subject of such a copy alone."""
    letter, values = _for_inside(letter, club)
    return _subject(letter, values | {"gettext": _speaker(letter.language, "txt", wording, values)})


def _for_inside(letter: Letter, club: Club) -> tuple[Letter, dict[str, object]]:
    letter = replace(letter, secret=None)
    act = ACTS[letter.act]
    link = act.inside or link_of(letter, "")
    return letter, _values(letter, club, "") | {"link": link}


def digest_of(letter: Letter, club: Club, base_url: str, wording: Wording = SHIPPED) -> str:
    """A fingerprint of what the reader reads, the same before and after the link's secret is forgotten."""
    letter, wording, about = _as_written(shown(letter), wording)
    subject, text = _plain(letter, _values(letter, club, base_url), wording)
    return sha256(f"{about(subject)}\n{text}".encode()).hexdigest()


def shown(letter: Letter) -> Letter:
    """The message as somebody else may read it: a word stands where the secret of its link was."""
    return replace(letter, secret=words.translations(letter.language).gettext("(hidden)"))


def on_a_phone(mail: Rendered) -> Rendered:
    """The mail in a column as narrow as a phone."""
    narrow = '<div style="max-width:375px;margin:0 auto;border:1px solid #d9d2c5">'
    page = re.sub(r"(<body[^>]*>)(.*)(</body>)", rf"\1{narrow}\2</div>\3", mail.html, flags=re.DOTALL)
    return replace(mail, html=page)


def link_of(letter: Letter, base_url: str) -> str:
    """Where the button leads. Once the secret is cleared, to where a new link can be had."""
    act = ACTS[letter.act]
    if not act.has_token:
        return f"{base_url}{act.page}{letter.data.get(act.ends_with, '')}"
    return f"{base_url}{letter.data['path']}{letter.secret}" if letter.secret else f"{base_url}/sign-in"


def _as_written(letter: Letter, wording: Wording) -> tuple[Letter, Wording, Callable[[str], str]]:
    """A test mail is the mail that it tests, with a subject that says so."""
    if letter.act != TEST:
        return letter, wording, str
    _check(letter)
    tested = shown(replace(letter, act=str(letter.data["of"]), data=dict(letter.data["data"])))  # type: ignore[call-overload]  # JSON
    title = words.translations(letter.language).gettext("Test: %(subject)s")
    return tested, Wording(0, dict(letter.data["words"])), lambda subject: title % {"subject": subject}  # type: ignore[call-overload]  # JSON


def _check(letter: Letter) -> None:
    missing = ACTS[letter.act].needs - letter.data.keys()
    if missing:
        raise LookupError(f"{letter.act} needs {sorted(missing)}")


def _plain(letter: Letter, values: dict[str, object], wording: Wording) -> tuple[str, str]:
    values = values | {"gettext": _speaker(letter.language, "txt", wording, values)}
    template = _environment(letter.language, "txt").get_template(f"{letter.act}.txt")
    return _subject(letter, values), _TOO_MANY_LINES.sub("\n\n", template.render(values)).strip() + "\n"


def _subject(letter: Letter, values: dict[str, object]) -> str:
    """`values` hold the speaker of plain text."""
    template = _environment(letter.language, "txt").get_template(f"{letter.act}.txt")
    return " ".join("".join(template.blocks["subject"](template.new_context(values))).split())


def _speaker(language: str, kind: str, wording: Wording, values: Mapping[str, Any]) -> Callable[..., str]:
    """What `_()` means in a mail: the club's words for a sentence, else the shipped ones."""
    catalogue = words.translations(language)
    known = _fields(values)

    def say(shipped: str, **said: object) -> str:
        own = _own_words(wording.words.get(shipped), kind, known | {name: str(value) for name, value in said.items()})
        if own is not None:
            return own
        sentence = catalogue.gettext(shipped)
        return Markup(sentence) % said if kind != "txt" else sentence % said  # noqa: S704 - ours, values are escaped

    return say


def _calendar(letter: Letter, values: Mapping[str, Any], base_url: str) -> bytes | None:
    """What `data["calendar"]` says of an event, as the page of its ticket gives it."""
    told: Any = letter.data.get("calendar")
    if not told:
        return None
    return event_entry(
        Appointment(
            uid=event_uid(told["event_id"], urlsplit(base_url).hostname or ""),
            sequence=told["sequence"],
            made_at=letter.created_at,
            starts_at=datetime.fromisoformat(told["starts_at"]),
            ends_at=datetime.fromisoformat(told["ends_at"]),
            summary=f"{values['event_title']}, {values['club_name']}",
            where=values["where"] or told["online"],
            words="\n".join(part for part in (told["online"], values["link"]) if part),
            address=values["link"],
        )
    )


def _own_words(own: str | None, kind: str, values: Mapping[str, str]) -> str | None:
    if own is None:
        return None
    if kind == "txt":
        return filled(own, values)
    text = filled(str(escape(own)), {name: str(escape(value)) for name, value in values.items()})
    return None if text is None else Markup(text.replace("\n", _BREAK))  # noqa: S704 - both were escaped above


def _fields(values: Mapping[str, Any]) -> dict[str, str]:
    """What the club's own words can say of this message; a field that has nothing to say is empty."""
    points, until = values.get("points"), values["until"]
    more, less = values["multiplier_percent"], values["discount_percent"]
    return {
        "club": values["club_name"],
        "name": str(values.get("name") or ""),
        "number": str(values.get("number") or ""),
        "time": values["lifetime"],
        "tier": values["tier_name"],
        "address": str(values.get("new") or ""),
        "points": values["in_points"](points) if points else "",
        "day": values["day"](until) if until else "",
        "times": values["multiplier"](more) if more > 100 else "",
        "percent": values["percent"](less) if less else "",
        "product": values["product_name"],
        "order": str(values.get("order") or ""),
        "carrier": str(values["carrier"]),
        "tracking": str(values["tracking"]),
        "member": str(values.get("member") or ""),
        "code": str(values.get("code") or ""),
        "event": values["event_title"],
        "gift": values["gift_title"],
        "occasion": values["occasion_name"],
        "month": values["month_name"],
        "years": str(values.get("years") or ""),
        "money": values["money"](values["worth"] or values["saved"]) if values["worth"] or values["saved"] else "",
        "offer": values["offer_title"],
        "when": values["when"](values["starts"]) if values["starts"] else "",
        "where": str(values["where"]),
        "deadline": values["day"](values["answer_by"]) if values["answer_by"] else "",
        "friend": str(values.get("friend") or ""),
        "inviter": str(values["inviter"]),
        "writer": str(values.get("writer") or ""),
    }


def stop_of(letter: Letter, base_url: str, key: str) -> str:
    """Where the reader ends mails like this one; empty without a key."""
    topic = ACTS[letter.act].topic
    return f"{base_url}/p/{key}/stop/{topic}" if key and topic else ""


def _values(letter: Letter, club: Club, base_url: str, key: str = "") -> dict[str, object]:
    _check(letter)
    act, language = ACTS[letter.act], letter.language
    shown_key = key or words.translations(language).gettext("(hidden)")
    data = _UNSAID | letter.data
    locale = words.locale_of(language, club.country)
    lifetime = lifetime_of(letter.data)
    in_points = partial(_in_points, club=club, language=language, locale=locale)
    return {
        **data,
        "tier_name": Texts(data["tier"]).into(language, club.main_language),  # type: ignore[arg-type]  # JSON
        "product_name": Texts(data["product"]).into(language, club.main_language),  # type: ignore[arg-type]  # JSON
        "offer_title": Texts(data["offer"]).into(language, club.main_language),  # type: ignore[arg-type]  # JSON
        "offer_says": Texts(data["offer_words"]).into(language, club.main_language),  # type: ignore[arg-type]  # JSON
        "event_title": Texts(data["event"]).into(language, club.main_language),  # type: ignore[arg-type]  # JSON
        "gift_title": Texts(data["gift"]).into(language, club.main_language),  # type: ignore[arg-type]  # JSON
        "occasion_name": Texts(data["day_name"]).into(language, club.main_language),  # type: ignore[arg-type]  # JSON
        "month_name": words.month(str(data["month"]), locale) if data["month"] else "",
        "turnover_rows": turnover_rows(data, language, in_points),
        "language": language,
        "link": link_of(letter, base_url),
        "home": base_url,
        "stop_link": stop_of(letter, base_url, shown_key) if act.can_be_refused else "",
        "choices_link": f"{base_url}/p/{shown_key}",
        "club": club,
        "club_name": club.name.into(language, club.main_language),
        "shades": shades_of(Brand(brand=club.brand_color, accent=club.accent_color)),
        "lifetime": words.duration(lifetime, locale) if lifetime else "",
        "day": partial(words.day, locale=locale),
        "when": partial(words.when, locale=locale),
        "percent": partial(words.percent, locale=locale),
        "multiplier": partial(words.multiplier, locale=locale),
        "points_word": club.word_for_points(0, language),
        "in_points": in_points,
        "item_rows": item_rows(data, language, club.main_language, locale),
        "sum_rows": sum_rows(data, language, club.main_language, locale, in_points),
        "money": partial(words.money, currency=str(data.get("currency", club.currency)), locale=locale),
    }


def _in_points(count: int, club: Club, language: str, locale: Locale) -> str:
    return f"{words.number(count, locale)}\u00a0{club.word_for_points(count, language)}"


@cache
def _environment(language: str, kind: str) -> Environment:
    """Every act is written once; `parts` and `layout` of each kind make it text or HTML."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=kind != "txt",  # noqa: S701 - plain text is not escaped
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.install_gettext_translations(words.translations(language), newstyle=True)  # type: ignore[attr-defined]  # added by the extension
    parts = environment.get_template(f"parts.{kind}").module
    environment.globals |= {name: getattr(parts, name) for name in ("paragraph", "button", "table")}
    environment.globals["layout"] = f"layout.{kind}"
    return environment
