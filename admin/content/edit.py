"""Writing an article: the form, beside it how people read it in each language."""

from datetime import UTC, datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from admin import admin
from admin.content.acts import by
from admin.content.form import ArticleForm, filled_from
from admin.delivery.fields import seen_version
from club.content.drafts import DRAFTS
from club.content.models import ArticleView, the_article
from club.content.rules import Article, State
from club.content.service import add_article, change_article
from club.errors import ChangedMeanwhile, Refusal
from club.events.reading.staff import View, events_in, titles_of
from club.offers.goods import skus_of, with_skus
from club.permissions import Permission
from club.tiers.models import ladder_on
from web import content_words as words
from web.access import staff_only
from web.database import db
from web.event_words import short_when
from web.forms import once
from web.languages import OWN_NAMES, in_language
from web.programme import programme, today
from web.visitors import staff

SHOW = "show"
MOST_EVENTS = 60


@admin.route("/content/new", methods=["GET", "POST"])
@staff_only(Permission.MANAGE_CONTENT)
def content_new() -> ResponseReturnValue:
    """One more article, as a draft; `start` names one of the drafts to adapt."""
    return _edited(None)


@admin.route("/content/<int:article_id>/edit", methods=["GET", "POST"])
@staff_only(Permission.MANAGE_CONTENT)
def content_edit(article_id: int) -> ResponseReturnValue:
    """Change an article; of one that people see they see it at once."""
    return _edited(the_article(db(), article_id))


def _edited(view: ArticleView | None) -> ResponseReturnValue:
    form = _form_of(view)
    if not form.is_submitted():
        start = DRAFTS.get(request.args.get("start", "")) if view is None else None
        return _page(form, view, view.article if view else start.article if start else None)
    article = _typed(form)
    if article is None:
        return _page(form, view, None), 422
    if request.form.get("do") == SHOW:
        return _page(form, view, article)
    try:
        article_id = _save(form, article, view)
    except ChangedMeanwhile as refusal:
        form.refuse(refusal)
        assert view is not None  # nobody else changes what is not there
        form.version.data = str(view.version)  # saving again puts this form in place of theirs
        return _page(form, view, article), 422
    except Refusal as refusal:
        form.show_refusal(refusal, programme().main_language)
        return _page(form, view, article), 422
    if view is not None and view.state is State.PUBLISHED:
        flash(_("Saved. This is how people read it from now on."), "success")
    else:
        flash(_("Saved as a draft. Nobody outside sees it before it is published."), "success")
    return redirect(url_for("admin.content_one", article_id=article_id), 303)


def _form_of(view: ArticleView | None) -> ArticleForm:
    article, start = (view.article if view else None), DRAFTS.get(request.args.get("start", ""))
    if view is not None:
        sku = "".join(skus_of(db(), [view.article.product_id])) if view.article.product_id else ""
        form = ArticleForm(**filled_from(view.article, view.version, view.slug, sku))
    elif start is not None:
        form = ArticleForm(**filled_from(start.article, 0, start.slug, ""))
    else:
        form = ArticleForm()
    rungs = ladder_on(db(), today()).ladder.rungs
    form.offer_choices(rungs, _events(article), article.rung_key if article else None)
    if view is not None:
        del form.key  # what is there already is told by its version
    if view is not None and view.shown_on is not None:
        del form.slug  # people know its address
    return form


def _events(article: Article | None) -> list[tuple[int, str]]:
    """Those that come, and the one that is chosen."""
    now = datetime.now(UTC)
    coming = events_in(db(), View.COMING, now, limit=MOST_EVENTS)
    said = {one.id: f"{in_language(one.title)}, {short_when(one.starts_at)}" for one in coming}
    if article is not None and article.event_id is not None and article.event_id not in said:
        said |= {event_id: in_language(title) for event_id, title in titles_of(db(), [article.event_id]).items()}
    return list(said.items())


def _typed(form: ArticleForm) -> Article | None:
    """What was typed, or None with the complaints at their fields."""
    is_right = form.validate()
    language = programme().main_language
    title = form[f"title_{language}"]
    if not title.data and not title.errors:
        title.errors = [_("Enter the title in %(language)s.", language=OWN_NAMES[language])]
        is_right = False
    sku = form.sku.data or ""
    found = with_skus(db(), [sku] if sku else [])
    if sku and not found:
        form.sku.errors = [_("No product has this article number. Look it up under Products.")]
        is_right = False
    if not is_right:
        return None
    return form.article(found[sku].product_id if sku else None)


def _save(form: ArticleForm, article: Article, view: ArticleView | None) -> int:
    who, now = by(), datetime.now(UTC)
    slug = (form.slug.data or "") if form.slug else ""
    if view is None:
        content = once(f"{form.key.data}:{article!r}", staff().account_id)  # typed anew, it is another one
        return add_article(db(), article, *who, now, slug=slug, content=content)
    change_article(db(), view.id, article, seen_version(form.version.data), *who, now, slug=slug)
    return view.id


def _page(form: ArticleForm, view: ArticleView | None, shown: Article | None) -> str:
    return render_template("admin/content_edit.html", form=form, view=view, shown=shown, words=words)
