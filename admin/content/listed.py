"""The list of articles by where they stand, and one of them as people read it."""

from dataclasses import replace
from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice

from admin import admin
from club.content.drafts import DRAFTS
from club.content.heard import to_look_at
from club.content.models import ArticleView, the_article
from club.content.opinions import opinions_on
from club.content.reading import View, articles_in, counts_by_view
from club.content.rules import State, Theme
from club.events.reading.staff import titles_of
from club.offers.goods import skus_of
from club.permissions import Permission
from web import content_words as words
from web.access import staff_only
from web.database import db
from web.formats import day, number
from web.forms import Form, TextField
from web.languages import OWN_NAMES, in_language
from web.lists import PAGE, Asked, asked, page_of
from web.programme import today

VIEWS: dict[View, Any] = {
    View.SHOWN: _l("In the magazine"),
    View.PLANNED: _l("Planned"),
    View.DRAFTS: _l("Drafts"),
    View.WITHDRAWN: _l("Withdrawn"),
}


class FilterForm(Form):
    """What narrows the list."""

    class Meta:
        """A GET form."""

        csrf = False

    q = TextField(_l("Title"), longest=200, render_kw={"autocomplete": "off"})
    theme = SelectField(_l("Theme"))


@admin.get("/content")
@staff_only(Permission.MANAGE_CONTENT)
def content() -> ResponseReturnValue:
    """What people read, what is planned, what is being written; and in which languages it is missing."""
    this, view, theme = _asked()
    q = this.filters.get("q", "")
    rows = articles_in(db(), view, today(), theme=theme, q=q, limit=PAGE + 1, offset=this.offset)
    counts = counts_by_view(db(), today())
    form = FilterForm(formdata=None, q=q, theme=theme.value if theme else "")
    form.theme.choices = [
        SelectChoice("", _("All themes")), *(SelectChoice(one.value, said) for one, said in words.THEMES.items())
    ]  # fmt: skip
    return render_template(
        "admin/content.html",
        views=[(said, _view(this, key), key is view, number(counts[key])) for key, said in VIEWS.items()],
        page=page_of(rows, this),
        form=form,
        applied=_applied(q, theme),
        bare=_view(this, view, is_bare=True),
        is_empty=not any(counts.values()),
        comments=to_look_at(db()),
        drafts=[(key, draft.article.title, draft.article.theme) for key, draft in DRAFTS.items()],
        words=words,
    )


@admin.get("/content/<int:article_id>")
@staff_only(Permission.MANAGE_CONTENT)
def content_one(article_id: int) -> ResponseReturnValue:
    """One article: how it stands, and as people read it in each language."""
    view = the_article(db(), article_id)
    return render_template(
        "admin/content_one.html",
        view=view,
        is_shown=view.is_shown(today()),
        facts=_facts(view),
        words=words,
    )


def _asked() -> tuple[Asked, View, Theme | None]:
    this = asked(("view", "q", "theme"), (), "")
    view, theme = this.filters.get("view", ""), this.filters.get("theme", "")
    return this, View(view) if view in set(View) else View.SHOWN, Theme(theme) if theme in set(Theme) else None


def _view(this: Asked, key: View, *, is_bare: bool = False) -> str:
    """The address of a view: with the other filters, or without them."""
    bare = replace(this, filters={name: value for name, value in this.filters.items() if name == "view"})
    base = bare if is_bare else this
    return base.without("view") if key is View.SHOWN else base.with_filter("view", key.value)


def _applied(q: str, theme: Theme | None) -> list[tuple[str, Any]]:
    said: list[tuple[str, Any]] = [("q", q)] if q else []
    return [*said, ("theme", words.THEMES[theme])] if theme else said


def _facts(view: ArticleView) -> list[tuple[str, Any]]:
    article = view.article
    said: list[tuple[str, Any]] = [
        (_("Theme"), words.THEMES[article.theme]),
        (_("Who may read it"), words.for_whom(article.who, article.rung_key)),
        (_("Address"), f"/news/{view.slug}"),
        (_("Languages"), ", ".join(OWN_NAMES[one] for one in article.languages) or "–"),
    ]
    if view.shown_on is not None and view.state is State.PUBLISHED:
        said.append((_("Shown from"), day(view.shown_on)))
    opinions = opinions_on(db(), view.id)
    if any(opinions):
        said.append((_("Helpful"), _("yes: %(yes)s, no: %(no)s", yes=number(opinions.yes), no=number(opinions.no))))
    if article.event_id is not None:
        titles = titles_of(db(), [article.event_id])
        said.append((_("Event"), in_language(titles[article.event_id])))
    if article.product_id is not None:
        said.append((_("Product"), ", ".join(skus_of(db(), [article.product_id]))))
    return said
