"""What search engines ask for first: where they need not look, and every public page in each language."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime

from flask import Response, make_response, url_for
from flask.typing import ResponseReturnValue
from markupsafe import escape

from club.catalogue.categories import tree
from club.catalogue.listing import public_products
from club.content.models import has_articles
from club.content.reading import public_slugs
from club.events.reading.mine import public_events
from club.texts import LANGUAGES, Texts
from portal import portal
from web.access import open_to_all
from web.database import db
from web.findable import absolute, in_this_language
from web.programme import programme, today

MOST_PRODUCTS = 10_000
MOST_EVENTS = 200
AN_HOUR = "public, max-age=3600"
NOT_FOR_MACHINES = ("/admin", "/me", "/cart", "/checkout", "/language/", "/shop/filter", "/sign-in", "/j/")
"""Beginnings of addresses that are somebody's own, or that say nothing new."""
_ALWAYS = ("landing", "benefits", "events", "join", "contact", "terms", "privacy", "returns")


@portal.get("/robots.txt")
@open_to_all
def robots() -> ResponseReturnValue:
    """Where machines need not look, and where the list of pages is."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in NOT_FOR_MACHINES)]
    return _sent("\n".join([*lines, f"Sitemap: {absolute(url_for('portal.sitemap'))}", ""]), "text/plain")


@portal.get("/sitemap.xml")
@open_to_all
def sitemap() -> ResponseReturnValue:
    """Every public page in each language that it is written in; what is for members or a tier is not among them."""
    found = [
        f"<url><loc>{escape(absolute(in_this_language(path, code)))}</loc>{_changed(day)}</url>"
        for page, day in _pages()
        for code, path in page.items()
    ]
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
    return _sent("\n".join([head, *found, "</urlset>", ""]), "application/xml")


def _pages() -> Iterator[tuple[Mapping[str, str], date | None]]:
    """Language → path, a page each, with the day of its last change where that is known."""
    for page in _undated():
        yield page, None
    for slug, languages, day in public_slugs(db(), today()):
        yield dict.fromkeys(languages, url_for("portal.news_article", slug=slug)), day


def _undated() -> Iterator[Mapping[str, str]]:
    for name in _ALWAYS:
        yield _everywhere(url_for(f"portal.{name}"))
    known = tree(db())
    if known.roots:
        yield _everywhere(url_for("shop.catalogue"))
    for node in known.nodes.values():
        if node.is_shown:
            yield {code: url_for("shop.catalogue", category=slug) for code, slug in _slugs(node.slugs)}
    for slugs in public_products(db(), today(), MOST_PRODUCTS):
        yield {code: url_for("shop.product", slug=slug) for code, slug in _slugs(slugs)}
    now = datetime.now(UTC)
    for view in (*public_events(db(), now, limit=MOST_EVENTS), *public_events(db(), now, past=True, limit=MOST_EVENTS)):
        yield _everywhere(url_for("portal.event", event_id=view.id))
    if has_articles(db(), today()):
        yield _everywhere(url_for("portal.news"))


def _changed(day: date | None) -> str:
    return "" if day is None else f"<lastmod>{day.isoformat()}</lastmod>"


def _everywhere(path: str) -> Mapping[str, str]:
    return dict.fromkeys(LANGUAGES, path)


def _slugs(slugs: Texts) -> Iterable[tuple[str, str]]:
    main = programme().main_language
    return [(code, slug) for code in LANGUAGES if (slug := slugs.into(code, main))]


def _sent(text: str, kind: str) -> Response:
    answer = make_response(text)
    answer.mimetype = kind
    answer.headers["Cache-Control"] = AN_HOUR
    return answer
