"""All returns, by what is to be done next."""

from dataclasses import dataclass
from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from admin import admin
from club.permissions import Permission
from club.returns.reading import counts
from club.returns.reading import listed as cases
from club.returns.rules import State
from web.access import staff_only
from web.database import db
from web.lists import PAGE, asked, page_of
from web.returning import ASKED_BY, MARKS, STATES


@dataclass(frozen=True)
class View:
    """Some of the returns: which states, and whether the newest comes first."""

    key: str
    words: Any
    states: tuple[State, ...]
    newest_first: bool = False


VIEWS = (
    View("decide", _l("To decide"), (State.ASKED,)),
    View("coming", _l("On their way"), (State.APPROVED,)),
    View("refund", _l("To refund"), (State.RECEIVED,)),
    View("done", _l("Done"), (State.REFUNDED, State.REFUSED, State.CLOSED), newest_first=True),
    View("", _l("All"), (), newest_first=True),
)


@admin.get("/returns")
@staff_only(Permission.MANAGE_ORDERS)
def returns() -> ResponseReturnValue:
    """The list: by view, or one number of a return or an order."""
    this = asked(["view", "q"], [], "asked")
    chosen = next((view for view in VIEWS if view.key == this.filters.get("view", "")), VIEWS[-1])
    rows = cases(
        db(), chosen.states, this.filters.get("q", ""), newest_first=chosen.newest_first, limit=PAGE + 1,
        offset=this.offset,
    )  # fmt: skip
    waiting = counts(db())
    views = [
        (
            view.words,
            this.with_filter("view", view.key) if view.key else this.without("view"),
            view is chosen,
            sum(waiting.get(state, 0) for state in view.states) if view.key in {"decide", "coming", "refund"} else None,
        )
        for view in VIEWS
    ]
    return render_template(
        "admin/order_returns.html",
        page=page_of(rows, this),
        views=views,
        states=STATES,
        marks=MARKS,
        asked_by=ASKED_BY,
        has_slips=any(row.state == State.APPROVED for row in rows[:PAGE]),
    )
