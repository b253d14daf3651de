"""The magazine: cards by theme, and one article for whoever may read it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from club.catalogue.rules.pricing import GUEST, Buyer
from club.catalogue.visitors import buyer_with
from club.content.heard import below
from club.content.models import ArticleView, shown_article
from club.content.opinions import own_answer
from club.content.reading import Card, Goods, goods_for, shown_articles, themes_shown
from club.content.rules import LONGEST_COMMENT, Audience, Reader, Theme, language_for, may_read
from club.errors import NotFound
from club.events.models import EventView
from club.events.reading.mine import public_event
from club.texts import LANGUAGES
from portal import portal
from web import content_words as words
from web import event_words
from web.access import open_to_all
from web.database import db
from web.findable import about
from web.forms import Form, Needed, OnceKeyField, TextAreaField
from web.glance import status_today
from web.languages import language
from web.lists import PAGE, asked, page_of
from web.programme import programme, today
from web.visitors import visitor


class CommentForm(Form):
    """What a member wants to say."""

    words = TextAreaField(
        _l("Your comment"),
        [Needed(_l("Write what you want to say, in at most 1,000 characters."))],
        longest=LONGEST_COMMENT,
        rows=4,
        render_kw={"class": "form-control"},
    )
    key = OnceKeyField()


@dataclass(frozen=True)
class Teaser:
    """An article on its card. `limit`: for whom it is, where that is not this visitor; `spoken`: its language."""

    address: str
    theme: Any
    title: str
    lead: str
    spoken: str
    time: str
    shown_on: date | None
    limit: str


@portal.get("/news")
@open_to_all
def news() -> ResponseReturnValue:
    """What there is to read, the newest first; by theme."""
    this = asked(("theme",), (), "")
    wanted = this.filters.get("theme", "")
    theme = Theme(wanted) if wanted in set(Theme) else None
    rows = shown_articles(db(), today(), theme=theme, limit=PAGE + 1, offset=this.offset)
    page = page_of(rows, this)
    buyer = _buyer()
    themes = themes_shown(db(), today())
    here = url_for("portal.news", theme=theme.value if theme else None, page=this.page if this.page > 1 else None)
    about(addresses=dict.fromkeys(LANGUAGES, here))
    return render_template(
        "portal/news.html",
        is_member=buyer.member_id is not None,
        page=page,
        teasers=[_teaser(card, _reader(buyer)) for card in page.rows],
        views=[(_("All"), url_for("portal.news"), theme is None), *(_theme_view(one, theme) for one in themes)],
        heading=words.THEMES[theme] if theme else _("Magazine"),
    )


@portal.get("/news/<slug>")
@open_to_all
def news_article(slug: str) -> ResponseReturnValue:
    """One article. Whoever may not read it sees its title, for whom it is and the way there."""
    return article_page(shown_article(db(), slug, today()))


def article_page(view: ArticleView, form: CommentForm | None = None) -> str:
    """The page of an article; `form`: a comment that could not be taken."""
    article, buyer = view.article, _buyer()
    spoken = language_for(article.languages, language(), programme().main_language)
    is_open = may_read(article.who, article.rung_key, _reader(buyer))
    if article.who is Audience.PUBLIC:
        here = url_for("portal.news_article", slug=view.slug)
        about(article.lead.get(spoken, ""), addresses=dict.fromkeys(article.languages, here), kind="article")
    return render_template(
        "portal/news_article.html",
        is_member=buyer.member_id is not None,
        view=view,
        article=article,
        spoken=spoken,
        is_open=is_open,
        is_for_members=article.who is Audience.MEMBERS,
        limit="" if article.who is Audience.PUBLIC else words.for_whom(article.who, article.rung_key),
        time=words.reading_time(view.minutes.get(spoken, 1)),
        event=_event(view, buyer.member_id),
        goods=_goods(view, buyer),
        helpful=_helpful(view, buyer.member_id if is_open else None),
        words=words,
        event_words=event_words,
        **_comments(view, buyer.member_id if is_open else None, form),
    )


def reader_now() -> Reader:
    """Who reads on this request."""
    return _reader(_buyer())


def _comments(view: ArticleView, member_id: int | None, form: CommentForm | None) -> dict[str, Any]:
    """What members say, for members, where the club takes it."""
    if member_id is None or not programme().takes_comments:
        return {"takes_comments": False}
    return {
        "takes_comments": True,
        "comments": below(db(), view.id, member_id),
        "form": form or CommentForm(formdata=None),
    }


def _helpful(view: ArticleView, member_id: int | None) -> dict[str, bool] | None:
    """Whether a member is asked if it was helpful, and which of both answers is theirs; nobody else is asked."""
    if member_id is None:
        return None
    own = own_answer(db(), view.id, member_id)
    return {"yes": own is True, "no": own is False}


def _buyer() -> Buyer:
    """Who reads, as the shop would see them: who they are and which tiers are theirs."""
    who = visitor()
    if who is None or who.person_id is None:
        return GUEST
    return buyer_with(db(), who.person_id, status_today(who.person_id), today())


def _reader(buyer: Buyer) -> Reader:
    return Reader(is_member=buyer.member_id is not None, rung_keys=buyer.rung_keys)


def _theme_view(theme: Theme, chosen: Theme | None) -> tuple[Any, str, bool]:
    return words.THEMES[theme], url_for("portal.news", theme=theme.value), theme is chosen


def _teaser(card: Card, reader: Reader) -> Teaser:
    spoken = language_for(card.minutes, language(), programme().main_language)
    is_open = may_read(card.who, card.rung_key, reader)
    return Teaser(
        address=url_for("portal.news_article", slug=card.slug),
        theme=words.THEMES[card.theme],
        title=card.title.get(spoken, ""),
        lead=card.lead.get(spoken, "") if is_open else "",
        spoken=spoken,
        time=words.reading_time(card.minutes.get(spoken, 1)),
        shown_on=card.shown_on,
        limit="" if is_open else words.for_whom(card.who, card.rung_key),
    )


def _event(view: ArticleView, member_id: int | None) -> EventView | None:
    """The event that it leads to, while it is still to come and this reader may know of it."""
    if view.article.event_id is None:
        return None
    try:
        found = public_event(db(), view.article.event_id, person_id=member_id)
    except NotFound:
        return None
    return None if found.is_past(datetime.now(UTC)) or found.cancelled_at else found


def _goods(view: ArticleView, buyer: Buyer) -> Goods | None:
    if view.article.product_id is None:
        return None
    return goods_for(db(), view.article.product_id, buyer, today())
