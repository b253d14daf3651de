"""Each club's own look: a small style sheet made from its colours and fonts."""

import gzip
from functools import lru_cache
from hashlib import sha256

from flask import Blueprint, Flask, abort, current_app, request, send_from_directory, url_for
from flask.typing import ResponseReturnValue

from club.programme.brand import Brand, shades_of
from club.programme.rules import Club
from club.settings import Settings
from web.access import open_to_all
from web.assets import FOR_A_YEAR, squeezed
from web.assets import address_of as asset_address
from web.programme import programme

_FONTS = {
    "serif": ('"Club Serif", Georgia, serif', '"Club Sans", system-ui, sans-serif'),
    "sans": ('"Club Sans", system-ui, sans-serif', '"Club Sans", system-ui, sans-serif'),
    "system": ("Georgia, serif", "system-ui, sans-serif"),
}

theme = Blueprint("theme", __name__)


def add_theme(app: Flask) -> None:
    """Let templates name the style sheet."""
    app.jinja_env.globals["theme_address"] = theme_address
    app.jinja_env.globals["logo_address"] = logo_address


def theme_address() -> str:
    """Changes whenever the look does, so that browsers may keep it for a year."""
    return url_for("theme.send", v=_fingerprint(_of(programme())))


def logo_address() -> str | None:
    """Where the club's logo is, if it has one. A new logo has a new name."""
    name = programme().logo_file
    return url_for("theme.logo", v=name.removesuffix(".png")) if name else None


@theme.get("/logo.png")
@open_to_all
def logo() -> ResponseReturnValue:
    """The club's logo."""
    name = programme().logo_file
    settings: Settings = current_app.extensions["club_settings"]
    if name is None or not (settings.uploads_path / name).is_file():
        abort(404)
    answer = send_from_directory(settings.uploads_path, name, mimetype="image/png")
    is_current = request.args.get("v") == name.removesuffix(".png")
    answer.headers["Cache-Control"] = FOR_A_YEAR if is_current else "no-cache"
    return answer


@theme.get("/theme.css")
@open_to_all
def send() -> ResponseReturnValue:
    """The club's variables."""
    sheet = _of(programme())
    answer = squeezed(sheet.encode(), gzip.compress(sheet.encode(), mtime=0), "text/css; charset=utf-8")
    is_current = request.args.get("v") == _fingerprint(sheet)
    answer.headers["Cache-Control"] = FOR_A_YEAR if is_current else "no-cache"
    return answer


def preview_sheet(brand_color: str, accent_color: str, font_pair: str) -> str:
    """The same variables for one part of a page (class `brand-preview`), from a choice that does not count yet."""
    return _fonts(font_pair) + _variables(brand_color, accent_color, font_pair).replace(":root", ".brand-preview", 1)


def _of(club: Club) -> str:
    return _fonts(club.font_pair) + _variables(club.brand_color, club.accent_color, club.font_pair)


def _fonts(pair: str) -> str:
    return "" if pair == "system" else _faces(asset_address("manrope.woff2"), asset_address("source-serif.woff2"))


def _faces(text: str, headings: str) -> str:
    return _face("Club Sans", text, "200 800") + _face("Club Serif", headings, "600")


def _face(name: str, address: str, weight: str) -> str:
    source = f'src:url({address}) format("woff2")'
    return f'@font-face{{font-family:"{name}";{source};font-weight:{weight};font-display:swap}}\n'


@lru_cache(maxsize=8)
def _variables(brand_color: str, accent_color: str, font_pair: str) -> str:
    shades = shades_of(Brand(brand=brand_color, accent=accent_color))
    headings, text = _FONTS.get(font_pair, _FONTS["serif"])
    variables = {
        "--club-brand": shades.brand,
        "--club-brand-hover": shades.brand_hover,
        "--club-brand-soft": shades.brand_soft,
        "--club-brand-track": shades.brand_track,
        "--club-on-brand": shades.on_brand,
        "--club-on-brand-2": shades.on_brand_2,
        "--club-accent": shades.accent,
        "--club-accent-soft": shades.accent_soft,
        "--club-accent-on-dark": shades.accent_on_brand,
        "--club-font-headings": headings,
        "--club-font-text": text,
    }
    return ":root{" + ";".join(f"{k}:{v}" for k, v in variables.items()) + "}\n"


@lru_cache(maxsize=8)
def _fingerprint(sheet: str) -> str:
    return sha256(sheet.encode()).hexdigest()[:12]
