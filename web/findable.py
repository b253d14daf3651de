"""What search engines and messengers read of a public page: its description, a picture, its address in each language.

Said in one place for all pages: `PAGES` names them, and a view that knows more says so with `about`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from flask import current_app, g, request, url_for
from flask_babel import gettext as _

from club.texts import LANGUAGES
from web.languages import ADDRESS_LANGUAGE, in_language, language, language_asked, locale
from web.pictures import Sized
from web.pictures import address_of as picture_address
from web.programme import programme
from web.theme import logo_address

LONGEST_DESCRIPTION = 160
"""Characters of a description that search engines show."""
WIDE_ENOUGH = 1200
PAGES = frozenset({
    "portal.landing", "portal.benefits", "portal.events", "portal.event", "portal.news", "portal.news_article",
    "portal.join", "portal.contact", "portal.terms", "portal.privacy", "portal.returns", "shop.catalogue",
    "shop.product",
})  # fmt: skip
_NEED_WORDS = frozenset({"portal.event", "portal.news_article", "shop.product"})
"""Pages of one thing: without `about` there is no such thing, or it is not for everybody."""


@dataclass(frozen=True)
class About:
    """What a view knows of its page. `addresses`: language → path, where it is not the same one in each."""

    description: str = ""
    addresses: Mapping[str, str] = field(default_factory=dict)
    picture: Sized | None = None
    kind: str = "website"
    """As Open Graph calls it."""


@dataclass(frozen=True)
class Head:
    """What stands in the head of a page; addresses in full."""

    description: str
    own: str
    plain: str
    """Where the language is the reader's."""
    languages: Mapping[str, str]
    picture: str | None
    kind: str
    locale: str


def about(
    description: str = "",
    *,
    addresses: Mapping[str, str] | None = None,
    picture: Sized | None = None,
    kind: str = "website",
) -> None:
    """Say more of this request's page than `PAGES` does."""
    g.about = About(description, addresses or {}, picture, kind)


def head() -> Head | None:
    """What search engines are told of this page; None for pages that are not for them."""
    told: About | None = g.get("about")
    endpoint = request.endpoint or ""
    if endpoint not in PAGES or (told is None and endpoint in _NEED_WORDS):
        return None
    told = told or About()
    addresses = told.addresses or dict.fromkeys(LANGUAGES, _own_path())
    languages = {code: absolute(in_this_language(path, code)) for code, path in addresses.items()}
    plain = absolute(addresses.get(language()) or next(iter(addresses.values())))
    picture = picture_address(told.picture, WIDE_ENOUGH) if told.picture and told.picture.sizes else logo_address()
    return Head(
        description=shortened(told.description or _usual(endpoint)),
        own=languages.get(language_asked() or "", plain),
        plain=plain,
        languages=languages,
        picture=absolute(picture) if picture else None,
        kind=told.kind,
        locale=str(locale()),
    )


def absolute(path: str) -> str:
    """An address of the club in full."""
    return f"{current_app.config['OWN_ORIGIN']}{path}"


def in_this_language(path: str, code: str) -> str:
    """The same page in one language, whoever reads it."""
    return f"{path}{'&' if '?' in path else '?'}{urlencode({ADDRESS_LANGUAGE: code})}"


def shortened(text: str) -> str:
    """As much as is shown below a title."""
    said = " ".join(text.split())
    return said if len(said) <= LONGEST_DESCRIPTION else f"{said[: LONGEST_DESCRIPTION - 1].rstrip()}…"


def _own_path() -> str:
    """What follows the question mark makes no other page of it, unless a view says so."""
    return url_for(request.endpoint or "", **(request.view_args or {}))


def _usual(endpoint: str) -> str:
    club = in_language(programme().name)
    match endpoint:
        case "portal.benefits":
            return _("What each tier of %(club)s brings, side by side.", club=club)
        case "portal.events":
            return _("What %(club)s invites to: days, places, and how to come.", club=club)
        case "portal.news":
            return _("What %(club)s has to tell: health, family, culture and our trade.", club=club)
        case "shop.catalogue":
            return _("What there is in the shop of %(club)s, and what members pay.", club=club)
        case "portal.join":
            return _("Join %(club)s: a name, an e-mail address and a password.", club=club)
        case "portal.contact":
            return _("Ask %(club)s a question, or have somebody call you.", club=club)
        case "portal.terms" | "portal.privacy" | "portal.returns":
            return _("What holds between %(club)s and its members.", club=club)
    return in_language(programme().promise)
