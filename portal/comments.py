"""What members say about an article: written, reported, taken back."""

from datetime import UTC, datetime

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from club.content.commenting import report, say, take_back
from club.content.models import shown_article
from club.errors import CommentsClosed, NotFound, Refusal
from portal import portal
from portal.news import CommentForm, article_page, reader_now
from web.access import members_only
from web.database import db
from web.forms import once
from web.messages import words_for
from web.programme import today
from web.refusing import refused
from web.visitors import member_id


@portal.post("/news/<slug>/comments")
@members_only
def news_comment(slug: str) -> ResponseReturnValue:
    """Say something; staff read it first."""
    view, form = shown_article(db(), slug, today()), CommentForm()
    if not form.validate_on_submit():
        return article_page(view, form), 422
    words, who = form.words.data or "", member_id()
    try:
        say(db(), slug, who, words, reader_now(), once(f"{form.key.data}:{slug}:{words}", who), datetime.now(UTC))
    except NotFound:
        raise
    except CommentsClosed as refusal:
        flash(words_for(refusal), "danger")
        return _back(slug)
    except Refusal as refusal:
        form.refuse(refusal, form.words)
        return refused(article_page(view, form), refusal)
    flash(_("Thank you. It stands here for all members once somebody of the club has read it."), "success")
    return _back(slug)


@portal.post("/news/<slug>/comments/<int:comment_id>/report")
@members_only
def news_comment_report(slug: str, comment_id: int) -> ResponseReturnValue:
    """Say that a comment should not stand there."""
    try:
        report(db(), comment_id, member_id(), reader_now(), datetime.now(UTC))
    except NotFound:
        raise
    except Refusal as refusal:
        flash(words_for(refusal), "danger")
    else:
        flash(_("Reported. Somebody of the club looks at it."), "success")
    return _back(slug)


@portal.post("/news/<slug>/comments/<int:comment_id>/remove")
@members_only
def news_comment_remove(slug: str, comment_id: int) -> ResponseReturnValue:
    """Take back what one said."""
    take_back(db(), comment_id, member_id())
    flash(_("Your comment is gone."), "success")
    return _back(slug)


def _back(slug: str) -> ResponseReturnValue:
    return redirect(url_for("portal.news_article", slug=slug, _anchor="comments"), 303)
