"""What members say about articles: to be let through or hidden; and whether the club takes comments at all."""

from datetime import UTC, datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

from admin import admin
from admin.content.acts import by
from club.content.commenting import decide, set_comments
from club.content.heard import Heard, heard, heard_counts
from club.content.rules import CommentState
from club.permissions import Permission
from web.access import staff_only
from web.database import db
from web.formats import number
from web.lists import PAGE, asked, page_of
from web.programme import programme

VIEWS: dict[Heard, Any] = {
    Heard.WAITING: lazy_pgettext("comments", "Waiting"),
    Heard.REPORTED: lazy_pgettext("comments", "Reported"),
    Heard.SHOWN: lazy_pgettext("comments", "Shown"),
    Heard.HIDDEN: lazy_pgettext("comments", "Hidden"),
}
EMPTY: dict[Heard, Any] = {
    Heard.WAITING: _l("Nothing waits to be read."),
    Heard.REPORTED: _l("No member reported anything."),
    Heard.SHOWN: _l("No comment is shown yet."),
    Heard.HIDDEN: _l("Nothing was hidden."),
}


@admin.get("/content/comments")
@staff_only(Permission.MANAGE_CONTENT)
def content_comments() -> ResponseReturnValue:
    """What waits, what was reported, what is shown, what was hidden."""
    this = asked(("view",), (), "")
    wanted = this.filters.get("view", "")
    view = Heard(wanted) if wanted in set(Heard) else Heard.WAITING
    counts = heard_counts(db())
    return render_template(
        "admin/content_comments.html",
        page=page_of(heard(db(), view, PAGE + 1, this.offset), this),
        views=[(said, this.with_filter("view", key), key is view, number(counts[key])) for key, said in VIEWS.items()],
        view=view,
        empty=EMPTY[view],
        is_open=programme().takes_comments,
    )


@admin.post("/content/comments/<int:comment_id>/<any(show, hide):act>")
@staff_only(Permission.MANAGE_CONTENT)
def content_comments_decide(comment_id: int, act: str) -> ResponseReturnValue:
    """Let one through, or hide it."""
    state = CommentState.SHOWN if act == "show" else CommentState.HIDDEN
    decide(db(), comment_id, state, *by(), datetime.now(UTC))
    flash(_("Members see it now.") if state is CommentState.SHOWN else _("Hidden. Nobody else sees it."), "success")
    seen = request.form.get("view", "")
    return redirect(url_for("admin.content_comments", view=seen if seen in set(Heard) else None), 303)


@admin.post("/content/comments/<any(open, close):act>")
@staff_only(Permission.MANAGE_CONTENT)
def content_comments_switch(act: str) -> ResponseReturnValue:
    """Take comments, or take none any more."""
    account_id, role = by()
    set_comments(db(), is_open=act == "open", by=account_id, role=role, now=datetime.now(UTC))
    if act == "open":
        flash(_("Members can comment now. Each comment waits here until somebody lets it through."), "success")
    else:
        flash(_("Closed. Comments are kept, but nobody outside sees them."), "success")
    return redirect(url_for("admin.content_comments"), 303)
