"""Articles: who may read them, in which language, when they are seen, and what staff may do with them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from club.audit import Wanted, entries
from club.content.drafts import DRAFTS
from club.content.models import has_articles, shown_article, the_article
from club.content.opinions import answer, opinions_on, own_answer
from club.content.reading import View, articles_in, counts_by_view, public_slugs, shown_articles
from club.content.rules import Article, Audience, Fault, Reader, State, Theme, language_for, may_read, minutes
from club.content.service import add_article, change_article, publish, withdraw
from club.errors import ArticleNotPublished, BadArticle, ChangedMeanwhile, NotAllowed, NotFound
from club.permissions import Role
from club.texts import LANGUAGES, Texts
from tests.people import new_colleague, new_signed_up_member

NEWS = Article(
    theme=Theme.CULTURE,
    title=Texts({"en": "Cellar music", "es": "Música en la bodega"}),
    lead=Texts({"en": "Four evenings."}),
    body=Texts({"en": "One. Two.", "es": "Uno. Dos."}),
)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("who", "rung_key", "reader", "may"),
    [
        (Audience.PUBLIC, None, Reader(), True),
        (Audience.MEMBERS, None, Reader(), False),
        (Audience.MEMBERS, None, Reader(is_member=True), True),
        (Audience.RUNG, "gold", Reader(is_member=True, rung_keys={"member", "silver"}), False),
        (Audience.RUNG, "gold", Reader(is_member=True, rung_keys={"member", "silver", "gold"}), True),
        (Audience.RUNG, "gold", Reader(rung_keys={"gold"}), False),
    ],
)
def test_an_article_is_for_everybody_for_members_or_from_a_tier_on(who, rung_key, reader, may):
    assert may_read(who, rung_key, reader) is may


def test_title_and_text_are_never_of_two_languages():
    mixed = replace(NEWS, title=Texts({"en": "Title", "ru": "Название"}), body=Texts({"es": "Texto", "ru": "Текст"}))
    assert (mixed.languages, mixed.gaps) == (("ru",), ("en", "es"))
    assert [language_for(mixed.languages, wanted, "es") for wanted in LANGUAGES] == ["ru", "ru", "ru"]
    assert [language_for(NEWS.languages, wanted, "es") for wanted in LANGUAGES] == ["en", "es", "es"]


@pytest.mark.parametrize(
    ("other", "fault"),
    [
        ({"title": Texts({})}, Fault.TITLE),
        ({"title": Texts({"ru": "ё" * 121})}, Fault.TITLE),
        ({"lead": Texts({"en": "l" * 301})}, Fault.LEAD),
        ({"body": Texts({"en": "b" * 20_001})}, Fault.BODY),
        ({"who": Audience.RUNG}, Fault.RUNG),
        ({"rung_key": "gold"}, Fault.RUNG),
    ],
)
def test_what_cannot_be_meant_is_refused(other, fault):
    with pytest.raises(BadArticle) as refused:
        replace(NEWS, **other).check()
    assert refused.value.fault == fault


def test_reading_takes_a_minute_for_two_hundred_words():
    assert [minutes(text) for text in ("", "word " * 200, "word " * 201)] == [1, 1, 2]


def test_the_drafts_to_adapt_are_there_in_every_language():
    assert len(DRAFTS) == 3
    for draft in DRAFTS.values():
        draft.article.check_finished()
        assert (draft.article.gaps, len(draft.article.lead)) == ((), len(LANGUAGES))


@pytest.fixture
def by(db, club, now):
    return {"by": new_colleague(db, now, Role.MARKETING).account_id, "role": Role.MARKETING, "now": now}


def test_an_article_is_seen_from_its_day_on_until_it_is_withdrawn(db, by, now):
    article_id = add_article(db, NEWS, **by)
    today = now.date()
    with pytest.raises(NotFound):
        shown_article(db, "cellar-music", today)
    publish(db, article_id, today + DAY, 1, **by)
    assert not has_articles(db, today)
    with pytest.raises(NotFound):
        shown_article(db, "cellar-music", today)
    assert [len(shown_articles(db, day, limit=9)) for day in (today, today + DAY)] == [0, 1]
    assert has_articles(db, today + DAY)
    assert public_slugs(db, today + DAY) == [("cellar-music", ("en", "es"), today + DAY)]
    db.rollback()
    withdraw(db, article_id, **by)
    assert not has_articles(db, today + DAY)
    with pytest.raises(NotFound):
        shown_article(db, "cellar-music", today + DAY)
    db.rollback()
    with pytest.raises(ArticleNotPublished):
        withdraw(db, article_id, **by)
    db.rollback()
    publish(db, article_id, today, 3, **by)
    assert shown_article(db, "cellar-music", today).minutes == {"en": 1, "es": 1}
    acts = [one.act for one in entries(db, Wanted(subjects=("article",), subject_id=article_id), 9)]
    assert acts == ["article.published", "article.withdrawn", "article.published", "article.added"]


def test_two_articles_of_one_name_have_two_addresses_and_a_published_one_keeps_its_own(db, by, now):
    ids = [add_article(db, NEWS, **by), add_article(db, NEWS, slug="Cellar Music!", **by)]
    assert [the_article(db, one).slug for one in ids] == ["cellar-music", "cellar-music-2"]
    db.rollback()
    change_article(db, ids[1], NEWS, 1, slug="cellar-nights", **by)
    publish(db, ids[1], now.date(), 2, **by)
    change_article(db, ids[1], replace(NEWS, lead=Texts({})), 3, slug="elsewhere", **by)
    assert the_article(db, ids[1]).slug == "cellar-nights"
    assert counts_by_view(db, now.date()) == {View.SHOWN: 1, View.PLANNED: 0, View.DRAFTS: 1, View.WITHDRAWN: 0}
    found = articles_in(db, View.DRAFTS, now.date(), theme=Theme.CULTURE, q="MÚSICA", limit=9)
    assert [(one.id, one.gaps) for one in found] == [(ids[0], ("ru",))]


def test_the_same_form_writes_one_article(db, by):
    assert add_article(db, NEWS, content=b"form", **by) == add_article(db, NEWS, content=b"form", **by)


def test_what_nobody_could_read_is_not_published_nor_what_somebody_changed(db, by, now):
    article_id = add_article(db, replace(NEWS, body=Texts({"ru": "Текст"})), **by)
    with pytest.raises(BadArticle):
        publish(db, article_id, now.date(), 1, **by)
    change_article(db, article_id, NEWS, 1, **by)
    with pytest.raises(ChangedMeanwhile):
        publish(db, article_id, now.date(), 1, **by)
    publish(db, article_id, now.date(), 2, **by)
    with pytest.raises(BadArticle):
        change_article(db, article_id, replace(NEWS, body=Texts({})), 3, **by)
    assert the_article(db, article_id).article == NEWS


@pytest.mark.proves("F-36")
def test_only_those_who_look_after_the_magazine_write_in_it(db, by, now):
    article_id = add_article(db, NEWS, **by)
    clerk = {**by, "role": Role.SHOP}
    for act in (
        lambda: add_article(db, NEWS, **clerk),
        lambda: change_article(db, article_id, NEWS, 1, **clerk),
        lambda: publish(db, article_id, now.date(), 1, **clerk),
        lambda: withdraw(db, article_id, **clerk),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert (the_article(db, article_id).state, the_article(db, article_id).version) == (State.DRAFT, 1)


def test_a_member_says_once_whether_it_helped_and_may_think_again(db, by, now):
    told = add_article(db, replace(NEWS, who=Audience.MEMBERS), **by)
    slug = the_article(db, told).slug
    ana, luis = (
        new_signed_up_member(db, now, name=name, email=f"{name}@example.org").person_id or 0 for name in ("ana", "luis")
    )
    reader = Reader(is_member=True)
    with pytest.raises(NotFound):
        answer(db, slug, ana, reader, now, is_helpful=True)
    publish(db, told, now.date(), 1, **by)
    with pytest.raises(NotFound):
        answer(db, slug, ana, Reader(), now, is_helpful=True)
    for person_id, is_helpful in ((ana, True), (luis, True), (luis, False), (ana, True)):
        answer(db, slug, person_id, reader, now, is_helpful=is_helpful)
    assert opinions_on(db, told) == (1, 1)
    assert [own_answer(db, told, one) for one in (ana, luis, 0)] == [True, False, None]
