"""Publishing an article, on a day, and withdrawing it."""

import re
from datetime import UTC, datetime

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from admin import admin
from admin.confirming import ConfirmForm, confirmed
from admin.delivery.fields import seen_version
from club.content import service
from club.content.models import ArticleView, the_article
from club.content.rules import State
from club.errors import Refusal
from club.permissions import Permission, Role
from web import content_words as words
from web.access import staff_only
from web.database import db
from web.formats import day
from web.forms import DayField, Needed
from web.languages import OWN_NAMES
from web.messages import words_for
from web.programme import today
from web.visitors import staff

_LEFT_TO_FILL = re.compile(r"\[[^\[\]]+\](?!\()")
"""Words in brackets that are no link."""


class PublishForm(ConfirmForm):
    """From which day on, and which state of the article it was shown with."""

    shown_on = DayField(_l("Shown from"), [Needed(_l("Enter the day from which people see it."))])


@admin.route("/content/<int:article_id>/publish", methods=["GET", "POST"])
@staff_only(Permission.MANAGE_CONTENT)
def content_publish(article_id: int) -> ResponseReturnValue:
    """Who will see it, in which languages, from which day; then the button."""
    view = the_article(db(), article_id)

    def act(form: PublishForm, now: datetime) -> None:
        on = form.shown_on.data
        assert on is not None  # the field is needed
        service.publish(db(), article_id, on, seen_version(form.version.data), *by(), now)
        later = _("Planned. People see it from this day on: %(day)s", day=day(on))
        flash(later if on > today() else _("Published. People see it now."), "success")

    form = PublishForm(version=str(view.version), shown_on=max(view.shown_on or today(), today()))
    to = url_for("admin.content_one", article_id=article_id)
    return confirmed(form, view.version, act, lambda asked: _page(asked, view), to)


@admin.post("/content/<int:article_id>/withdraw")
@staff_only(Permission.MANAGE_CONTENT)
def content_withdraw(article_id: int) -> ResponseReturnValue:
    """Take it out of the magazine; it can be published again."""
    try:
        service.withdraw(db(), article_id, *by(), datetime.now(UTC))
    except Refusal as refusal:
        flash(words_for(refusal), "danger")
    else:
        flash(_("Withdrawn. Nobody outside sees it any more; it can be published again."), "success")
    return redirect(url_for("admin.content_one", article_id=article_id), 303)


def by() -> tuple[int, Role]:
    """Who acts, and as what."""
    who = staff()
    assert who.role is not None  # the door let nobody else in
    return who.account_id, who.role


def _page(form: PublishForm, view: ArticleView) -> str:
    return render_template(
        "admin/content_publish.html",
        form=form,
        view=view,
        lacks=_lacks(view),
        words=words,
        is_new=view.shown_on is None,
    )


def _lacks(view: ArticleView) -> list[str]:
    """What one should look at before people see it."""
    article = view.article
    found = []
    if not article.languages:
        found.append(str(words.FAULTS["unfinished"]))
    elif article.gaps:
        missing = ", ".join(OWN_NAMES[one] for one in article.gaps)
        found.append(_("It lacks a title or a text in: %(languages)s. There it is shown in another language.",
                       languages=missing))  # fmt: skip
    if any(
        _LEFT_TO_FILL.search(text) for texts in (article.title, article.lead, article.body) for text in texts.values()
    ):
        found.append(_("There are words in brackets that a draft asks to be replaced."))
    if not article.lead:
        found.append(_("It has no introduction: its card says only the title."))
    if view.state is State.PUBLISHED:
        found.append(_("It is published already. Another day moves it."))
    return found
