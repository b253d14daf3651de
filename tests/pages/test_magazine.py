"""The magazine as readers and staff meet it: who sees what, what staff can do, and nothing that hurts a reader."""

import re
from datetime import timedelta

import pytest

from club.content.models import shown_article, the_article
from club.content.reading import View, articles_in
from club.content.rules import Article, Audience, State, Theme
from club.content.service import add_article, publish
from club.permissions import Role
from club.texts import Texts
from tests.people import browser_of, new_colleague, new_signed_up_member

pytestmark = pytest.mark.usefixtures("club")

SECRET = "Only for those who may read it."


@pytest.fixture
def writer(db, club, now):
    return new_colleague(db, now, Role.MARKETING)


@pytest.fixture
def desk(app, db, now, writer):
    return browser_of(app, db, writer, now, second_factor=True)


@pytest.fixture
def write(db, now, writer):
    def written(name, *, in_days=0, **other):
        by = {"by": writer.account_id, "role": Role.MARKETING, "now": now}
        told = {"theme": Theme.TRADE, "title": Texts({"en": name}), "body": Texts({"en": SECRET}), **other}
        article_id = add_article(db, Article(**told), **by)
        publish(db, article_id, now.date() + timedelta(days=in_days), 1, **by)
        return article_id

    return written


@pytest.fixture
def phone(app, db, now):
    return browser_of(app, db, new_signed_up_member(db, now), now)


def test_readers_see_what_is_for_others_but_not_what_stands_in_it(client, phone, write, count_queries):
    assert "/news" not in client.get("/").text
    write("Open word")
    write("Among members", who=Audience.MEMBERS, lead=Texts({"en": SECRET}))
    write("High word", who=Audience.RUNG, rung_key="gold", lead=Texts({"en": SECRET}))
    write("Tomorrow's word", in_days=1)
    assert 'href="/news"' in client.get("/").text
    with count_queries() as queries:
        listed = client.get("/news").text
    assert len(queries) <= 6
    assert SECRET not in listed
    assert all(title in listed for title in ("Open word", "Among members", "High word"))
    assert "Tomorrow" not in listed
    seen = {slug: (SECRET in client.get(f"/news/{slug}").text, SECRET in phone.get(f"/news/{slug}").text)
            for slug in ("open-word", "among-members", "high-word")}  # fmt: skip
    assert seen == {"open-word": (True, True), "among-members": (False, True), "high-word": (False, False)}
    assert client.get("/news/tomorrow-s-word").status_code == 404
    with count_queries() as queries:
        phone.get("/news/among-members")
    assert len(queries) <= 6


@pytest.mark.proves("A-1.3.1", "F-43")
def test_what_staff_type_hurts_nobody(client, write):
    hostile = "# Head\n\n<script>alert(1)</script> <img src=x onerror=alert(1)> [x](javascript:alert(1)) ![y](https://e.example/p)"
    write("<b>Bold</b> title", body=Texts({"en": hostile}), lead=Texts({"en": "<i onclick=x>lead</i>"}))
    page = client.get("/news/b-bold-b-title").text
    assert "<h2>Head</h2>" in page
    assert not any(
        bad in page for bad in ("<script>alert", "<img src=x", 'href="javascript', "<i onclick", 'src="https://e')
    )


def filled(desk, address, **other):
    page = desk.get(address).text
    key = page.split('name="key"')[1].split('value="')[1].split('"')[0] if 'name="key"' in page else ""
    usual = {"title_en": "Barrels", "body_en": "Oak.", "theme": "trade", "who": "public", "event": "0", "key": key}
    return {**usual, "version": "1", "do": "save", **other}


def test_staff_write_look_publish_and_withdraw(desk, client, db, now):
    sent = filled(desk, "/admin/content/new")
    shown = desk.post("/admin/content/new", data={**sent, "do": "show", "body_es": "## Roble", "title_es": "Barricas"})
    assert "<h2>Roble</h2>" in shown.text
    assert not articles_in(db, View.DRAFTS, now.date(), limit=9)
    missing = desk.post("/admin/content/new", data={**sent, "title_en": "", "sku": "NOTHING"})
    assert (missing.status_code, "Enter the title in English" in missing.text) == (422, True)
    assert ("Oak." in missing.text, "No product has this article number" in missing.text) == (True, True)
    for _ in range(2):
        assert desk.post("/admin/content/new", data=sent).status_code == 303
    db.rollback()
    (one,) = articles_in(db, View.DRAFTS, now.date(), limit=9)
    assert "Español" in desk.get("/admin/content?view=drafts").text
    day = {"shown_on-day": "15", "shown_on-month": "6", "shown_on-year": "2026", "version": "1"}
    assert desk.post(f"/admin/content/{one.id}/publish", data={**day, "version": "7"}).status_code == 422
    assert desk.post(f"/admin/content/{one.id}/publish", data=day).status_code == 303
    assert "Oak." in client.get("/news/barrels").text
    late = desk.post(
        f"/admin/content/{one.id}/edit", data=filled(desk, f"/admin/content/{one.id}/edit", body_en="Ash.")
    )
    assert (late.status_code, "Ash." in late.text) == (422, True)
    db.rollback()
    assert shown_article(db, "barrels", now.date()).article.body == {"en": "Oak."}
    db.rollback()
    assert desk.post(f"/admin/content/{one.id}/withdraw").status_code == 303
    db.rollback()
    assert the_article(db, one.id).state is State.WITHDRAWN
    assert client.get("/news/barrels").status_code == 404


def test_search_engines_find_every_public_page_in_each_language_and_nothing_else(client, write, count_queries):
    write("Open word", title=Texts({"en": "Open word", "es": "Palabra"}), body=Texts({"en": "One.", "es": "Uno."}))
    write("Among members", who=Audience.MEMBERS)
    listed = client.get("/sitemap.xml").text
    addresses = re.findall("<loc>([^<]+)</loc>", listed)
    assert [one for one in addresses if "/news/" in one] == [
        "http://localhost/news/open-word?lang=en",
        "http://localhost/news/open-word?lang=es",
    ]
    assert re.findall("lang=en</loc><lastmod>([^<]+)</lastmod>", listed) == ["2026-06-15"], (
        "only what has a day says one"
    )
    assert "Sitemap: http://localhost/sitemap.xml" in client.get("/robots.txt").text
    page = client.get("/news/open-word?lang=es").text
    assert ('lang="es"' in page, "Uno." in page) == (True, True)
    assert re.findall('<link rel="(?:canonical|alternate)"[^>]*>', page) == [
        '<link rel="canonical" href="http://localhost/news/open-word?lang=es">',
        '<link rel="alternate" hreflang="en" href="http://localhost/news/open-word?lang=en">',
        '<link rel="alternate" hreflang="es" href="http://localhost/news/open-word?lang=es">',
        '<link rel="alternate" hreflang="x-default" href="http://localhost/news/open-word">',
    ]
    assert '<meta property="og:title" content="Palabra –' in page
    assert "next=%2Fnews%2Fopen-word&" not in page and 'href="/language/en?next=%2Fnews%2Fopen-word"' in page
    assert 'rel="canonical"' not in client.get("/news/among-members").text + client.get("/sign-in").text


def test_members_talk_below_an_article_and_staff_decide_what_stands(client, phone, desk, db, write):
    write("Open word")
    assert "comments" not in phone.get("/news/open-word").text
    closed = phone.post("/news/open-word/comments", data={"words": "Hello", "key": "0" * 32}, follow_redirects=True)
    assert "takes no comments" in closed.text
    assert desk.post("/admin/content/comments/open").status_code == 303
    page = phone.get("/news/open-word").text
    key = page.split('name="key"')[1].split('value="')[1].split('"')[0]
    assert phone.post("/news/open-word/comments", data={"words": " ", "key": key}).status_code == 422
    assert phone.post("/news/open-word/comments", data={"words": "<i>Hello</i>", "key": key}).status_code == 303
    assert "&lt;i&gt;Hello&lt;/i&gt;" in phone.get("/news/open-word").text
    assert "&lt;i&gt;Hello&lt;/i&gt;" in desk.get("/admin/content/comments").text
    assert desk.post("/admin/content/comments/1/show", data={"view": "waiting"}).status_code == 303
    assert "Hello" not in client.get("/news/open-word").text
    assert client.post("/news/open-word/comments", data={"words": "Guest", "key": key}).status_code == 303
    assert phone.post("/news/open-word/comments/1/remove").status_code == 303
    assert "Hello" not in phone.get("/news/open-word").text
