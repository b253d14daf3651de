"""The list: whose turn it is, and how long until the promise."""

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from admin import admin
from club.customers.listing import Listed, rows_of
from club.permissions import Permission
from club.support.reading import CaseRow, View, counts, inbox, measured
from web.access import staff_only
from web.database import db
from web.lists import PAGE, asked, page_of
from web.programme import today
from web.support_words import TOPICS
from web.visitors import staff

MINUTE = timedelta(minutes=1)

VIEWS: dict[View, Any] = {
    View.OPEN: _l("To answer"),
    View.MINE: _l("Mine"),
    View.UNASSIGNED: _l("Nobody's yet"),
    View.LATE: _l("Late"),
    View.WAITING: _l("Waiting for the customer"),
    View.SOLVED: _l("Solved"),
}


@admin.get("/inbox", endpoint="inbox")
@staff_only(Permission.ANSWER_SUPPORT)
def inbox_list() -> ResponseReturnValue:
    """By view; what is promised soonest comes first."""
    this, now, me = asked(("view",), (), ""), datetime.now(UTC), staff().account_id
    wanted = this.filters.get("view", "")
    view = View(wanted) if wanted in set(View) else View.OPEN
    rows = inbox(db(), view, me, now, limit=PAGE + 1, offset=this.offset)
    waiting = counts(db(), me, now)
    tabs = [
        (words, this.without("view") if key is View.OPEN else this.with_filter("view", key.value), key is view)
        + ((waiting[key],) if key in waiting else ())
        for key, words in VIEWS.items()
    ]
    page = page_of(rows, this)
    return render_template(
        "admin/inbox.html",
        page=page,
        tabs=tabs,
        view=view,
        people=_people(page.rows),
        measured=measured(db(), now),
        now=now,
        waits=waits_in_words,
        lasted=lasted_in_words,
        topics=TOPICS,
    )


def _people(rows: Any) -> dict[int, Listed]:
    ids = sorted({row.person_id for row in rows if row.person_id is not None})
    return {one.person_id: one for one in rows_of(db(), ids, today())} if ids else {}


def waits_in_words(case: CaseRow, now: datetime) -> str:
    """How long is left until the promise, or how long it is over; empty where no answer is owed."""
    if case.answer_by is None:
        return ""
    if case.is_late(now):
        return _("%(time)s late", time=lasted_in_words((now - case.answer_by) // MINUTE))
    return _("%(time)s left", time=lasted_in_words((case.answer_by - now) // MINUTE))


def lasted_in_words(minutes: int) -> str:
    """2 h 10 min; days from the second one on."""
    if minutes >= 48 * 60:
        return ngettext("%(num)d day", "%(num)d days", minutes // (24 * 60))
    hours, rest = divmod(minutes, 60)
    return _("%(hours)s h %(minutes)s min", hours=hours, minutes=rest) if hours else _("%(num)s min", num=rest)
