"""Which language a page speaks: the reader's choice, else their profile, their browser, the club's main language."""

from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any
from urllib.parse import parse_qsl, urlencode

import flask_babel
from babel import Locale, UnknownLocaleError
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations
from flask import Blueprint, Flask, g, has_app_context, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import Babel, Domain, get_locale, get_translations
from markupsafe import Markup

from club.settings import Settings
from club.texts import LANGUAGES, Texts
from web.access import open_to_all
from web.kept import kept
from web.programme import programme_or_none
from web.safe_next import path_to_return_to, safe_next
from web.visitors import visitor

OWN_NAMES = {"en": "English", "es": "Español", "ru": "Русский"}
COOKIE = "language"
ADDRESS_LANGUAGE = "lang"
"""In an address: the page in this language, whoever reads it. Search engines are given such addresses."""
MOST_KEPT = 4096
ONE_YEAR_SECONDS = 365 * 24 * 60 * 60

_HOME_COUNTRY = {"en": "GB", "es": "ES", "ru": "RU"}
_TRANSLATIONS = Path(__file__).parent.parent / "translations"

languages = Blueprint("languages", __name__)


@dataclass(frozen=True)
class LanguageLink:
    """One entry of the language list."""

    code: str
    name: str
    address: str
    is_current: bool


def add_languages(app: Flask, settings: Settings) -> None:
    """Compile what is newer than its compiled copy, and let Flask-Babel ask us for the locale."""
    compiled = settings.instance_path / "translations"
    compile_translations(_TRANSLATIONS, compiled)
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(compiled.absolute())
    sentences = _Sentences()
    Babel(app, locale_selector=locale, timezone_selector=_time_zone).domain_instance = sentences
    flask_babel.get_domain = lambda: sentences  # there is one; looking it up took two thirds of each lazy sentence
    app.jinja_env.globals.update(_=_said, gettext=_said, ngettext=_counted, pgettext=_said_of)


@languages.get("/language/<any(en, es, ru):code>")
@open_to_all
def choose(code: str) -> ResponseReturnValue:
    """The same page in another language. Sets a cookie only: a link never changes a profile."""
    answer = redirect(safe_next(request.args.get("next")), 303)
    answer.set_cookie(COOKIE, code, max_age=ONE_YEAR_SECONDS, secure=request.is_secure, httponly=True, samesite="Lax")
    return answer


def language() -> str:
    """The two letters of the language of this page."""
    return kept("language", _found_language)


def language_without_database() -> str:
    """The best guess when the database cannot be asked: for the page that says that something broke."""
    return _chosen_language() or _browser_language() or LANGUAGES[0]


def locale() -> Locale:
    """The language of the page in the country of the club: es_ES, es_MX, en_GB, ru_RU."""
    return kept("locale", _found_locale)


@cache
def locale_of(language_code: str, country: str) -> Locale:
    """Language and country together, or the language at home where nobody has described the pair."""
    try:
        return Locale(language_code, country or _HOME_COUNTRY[language_code])
    except (UnknownLocaleError, ValueError):
        return Locale(language_code, _HOME_COUNTRY[language_code])


def language_links() -> list[LanguageLink]:
    """Links to this page in each language."""
    here = urlencode({"next": _without_language(path_to_return_to())})
    return [
        LanguageLink(
            code=code,
            name=OWN_NAMES[code],
            address=f"{url_for('languages.choose', code=code)}?{here}",
            is_current=code == language(),
        )
        for code in LANGUAGES
    ]


def in_language(texts: Texts) -> str:
    """Content in the reader's language, else in the club's."""
    return texts.into(language(), _main_language())


def compile_translations(source: Path, target: Path) -> None:
    """Write the .mo of each .po that is newer; several processes may do it at once."""
    for po in source.glob("*/LC_MESSAGES/messages.po"):
        mo = target / po.relative_to(source).with_suffix(".mo")
        if mo.exists() and mo.stat().st_mtime >= po.stat().st_mtime:
            continue
        mo.parent.mkdir(parents=True, exist_ok=True)
        with po.open("rb") as text:
            catalogue = read_po(text)
        with NamedTemporaryFile(dir=mo.parent, delete=False) as unfinished:
            write_mo(unfinished, catalogue)
        Path(unfinished.name).replace(mo)


class _Sentences(Domain):
    """Flask-Babel's own writes the language out as text for every sentence that it looks up; a page says a hundred."""

    def __init__(self) -> None:
        super().__init__()
        self._known: dict[Locale, Translations] = {}

    def get_translations(self) -> Translations:
        """The sentences of this page's language, or of the one that is forced for a moment."""
        if not has_app_context():
            return Translations()
        forced = g._get_current_object().__dict__.get("_flask_babel")
        spoken = getattr(forced, "babel_locale", None) or get_locale()
        if spoken is None:
            return super().get_translations()
        known = self._known.get(spoken)
        return self._known.setdefault(spoken, super().get_translations()) if known is None else known


@lru_cache(MOST_KEPT)
def _plain(spoken: Translations, sentence: str) -> Markup:
    """A sentence without values, as it stands on most pages."""
    return Markup(spoken.ugettext(sentence)) % {}  # noqa: S704 - sentences are ours


def _said(sentence: str, **values: Any) -> Markup:
    """`gettext` of the templates: values are escaped into the sentence."""
    if not values:
        return _plain(_sentences(), sentence)
    return Markup(_sentences().ugettext(sentence)) % values  # noqa: S704 - sentences are ours


def _counted(one: str, many: str, num: int, **values: Any) -> Markup:
    """`ngettext` of the templates."""
    return Markup(_sentences().ungettext(one, many, num)) % {"num": num, **values}  # noqa: S704 - sentences are ours


def _said_of(context: str, sentence: str, **values: Any) -> Markup:
    """`pgettext` of the templates."""
    return Markup(_sentences().upgettext(context, sentence)) % values  # noqa: S704 - sentences are ours


def _sentences() -> Translations:
    """The sentences of this page's language, looked up once."""
    return kept("sentences", get_translations)


def _found_locale() -> Locale:
    club = programme_or_none()
    return locale_of(language(), club.country if club else "")


def _found_language() -> str:
    return _chosen_language() or _profile_language() or _browser_language() or _main_language()


def language_asked() -> str | None:
    """The language that the address asks for."""
    asked = request.args.get(ADDRESS_LANGUAGE)
    return asked if asked in LANGUAGES else None


def _chosen_language() -> str | None:
    chosen = request.cookies.get(COOKIE)
    return language_asked() or (chosen if chosen in LANGUAGES else None)


def _without_language(path: str) -> str:
    """An address that asks for a language would not let another one be chosen."""
    bare, _mark, query = path.partition("?")
    left = [(name, value) for name, value in parse_qsl(query, keep_blank_values=True) if name != ADDRESS_LANGUAGE]
    return f"{bare}?{urlencode(left)}" if left else bare


def _profile_language() -> str | None:
    who = visitor()
    return who.language if who is not None and who.language in LANGUAGES else None


def _browser_language() -> str | None:
    return request.accept_languages.best_match(LANGUAGES)


def _main_language() -> str:
    club = programme_or_none()
    return club.main_language if club else LANGUAGES[0]


def _time_zone() -> str:
    club = programme_or_none()
    return club.time_zone if club else "UTC"
