"""A message as people read it: subject, plain text and HTML in the club's look and the reader's language."""

import re
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, partial
from pathlib import Path

from babel import Locale
from css_inline import CSSInliner
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from club.messages import words
from club.messages.acts import ACTS
from club.messages.models import Letter
from club.messages.rules import lifetime_of
from club.programme.brand import Brand, shades_of
from club.programme.rules import Club
from club.texts import Texts

_TEMPLATES = Path(__file__).parent / "templates" / "mail"
_INLINER = CSSInliner(load_remote_stylesheets=False, keep_style_tags=False)
_TOO_MANY_LINES = re.compile(r"\n{3,}")
_UNSAID: dict[str, object] = {"tier": {}, "until": None, "multiplier_percent": 100, "discount_percent": 0}
"""What a message may leave out."""


@dataclass(frozen=True)
class Rendered:
    """What one reader sees."""

    subject: str
    text: str
    html: str


def render(letter: Letter, club: Club, base_url: str) -> Rendered:
    """The words of a message. Values in it are never templates: they are put in once, escaped where it is HTML.

    Raises LookupError for an act without words or a message without what its words need.
    """
    missing = ACTS[letter.act].needs - letter.data.keys()
    if missing:
        raise LookupError(f"{letter.act} needs {sorted(missing)}")
    values = _values(letter, club, base_url)
    text = _environment(letter.language, "txt").get_template(f"{letter.act}.txt")
    html = _environment(letter.language, "html").get_template(f"{letter.act}.txt")
    subject = "".join(text.blocks["subject"](text.new_context(values)))
    return Rendered(
        subject=subject.strip(),
        text=_TOO_MANY_LINES.sub("\n\n", text.render(values)).strip() + "\n",
        html=_INLINER.inline(html.render(values)),
    )


def link_of(letter: Letter, base_url: str) -> str:
    """Where the button leads. Once the secret is cleared, to where a new link can be had."""
    act = ACTS[letter.act]
    if not act.has_token:
        return base_url + act.page
    return f"{base_url}{letter.data['path']}{letter.secret}" if letter.secret else f"{base_url}/sign-in"


def _values(letter: Letter, club: Club, base_url: str) -> dict[str, object]:
    language = letter.language
    data = _UNSAID | letter.data
    locale = words.locale_of(language, club.country)
    return {
        **data,
        "tier_name": Texts(data["tier"]).into(language, club.main_language),  # type: ignore[arg-type]  # JSON
        "language": language,
        "link": link_of(letter, base_url),
        "home": base_url,
        "club": club,
        "club_name": club.name.into(language, club.main_language),
        "shades": shades_of(Brand(brand=club.brand_color, accent=club.accent_color)),
        "lifetime": words.duration(lifetime_of(letter.data) or timedelta(0), locale),
        "day": partial(words.day, locale=locale),
        "percent": partial(words.percent, locale=locale),
        "multiplier": partial(words.multiplier, locale=locale),
        "points_word": club.word_for_points(0, language),
        "in_points": partial(_in_points, club=club, language=language, locale=locale),
    }


def _in_points(count: int, club: Club, language: str, locale: Locale) -> str:
    return f"{words.number(count, locale)}\u00a0{club.word_for_points(count, language)}"


@cache
def _environment(language: str, kind: str) -> Environment:
    """Every act is written once; `parts` and `layout` of each kind make it text or HTML."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=kind == "html",  # noqa: S701 - plain text is not escaped
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.install_gettext_translations(words.translations(language), newstyle=True)  # type: ignore[attr-defined]  # added by the extension
    parts = environment.get_template(f"parts.{kind}").module
    environment.globals |= {"paragraph": parts.paragraph, "button": parts.button, "layout": f"layout.{kind}"}  # type: ignore[attr-defined]  # macros
    return environment
