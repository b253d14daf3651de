"""The list of friends: first what waits for a decision, then by state; and as a table to take along."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from flask import Response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from admin import admin
from admin.referrals.words import CAUSES, SIGNALS, WAYS
from club.members.models import names_of
from club.permissions import Permission
from club.referrals.listing import Listed, Wanted, counted
from club.referrals.listing import referrals as found_referrals
from club.referrals.rules import State
from club.referrals.service import note_export
from web import referrals as words
from web.access import staff_only
from web.database import db, id_in
from web.formats import number
from web.lists import PAGE, Asked, asked, page_of
from web.spreadsheet import csv_file
from web.visitors import staff

CHUNK = 1000
VIEWS = (
    State.REVIEW, State.JOINED, State.BOUGHT, State.REWARDED, State.INVITED, State.REFUSED, State.TAKEN_BACK
)  # fmt: skip


@admin.get("/referrals")
@staff_only(Permission.SEE_MEMBERS)
def referrals() -> ResponseReturnValue:
    """A page of it."""
    this = asked(("state", "member"), (), "")
    wanted = _wanted(this)
    return render_template(
        "admin/referrals.html",
        page=page_of(found_referrals(db(), wanted, PAGE + 1, this.offset), this),
        views=_views(this, wanted.state),
        applied=_applied(wanted),
        states=words.STATES,
        marks=words.MARKS,
        signals=SIGNALS,
        causes=CAUSES,
        ways=WAYS,
    )


@admin.post("/referrals/export")
@staff_only(Permission.EXPORT_DATA)
def referrals_export() -> Response:
    """The same choice as a table for spreadsheets; that it was taken is kept."""
    who, this = staff(), asked(("state", "member"), (), "")
    note_export(db(), who.account_id, who.role, datetime.now(UTC))
    heads = [
        _("Number"), _("State"), _("Member"), _("Friend"), _("How they came"), _("Joined"), _("First purchase"),
        _("Reward on"), _("Points to the member"), _("Points to the friend"), _("Evidence"), _("Cause"),
    ]  # fmt: skip
    return csv_file("friends", heads, _table(_wanted(this)))


def _table(wanted: Wanted) -> Iterator[list[Any]]:
    offset = 0
    while True:
        chunk = found_referrals(db(), wanted, CHUNK, offset)
        yield from map(_line, chunk)
        if len(chunk) < CHUNK:
            return
        offset += CHUNK


def _line(one: Listed) -> list[Any]:
    return [
        one.id, str(words.STATES[one.state]), one.referrer, one.friend or "", str(WAYS[one.way]),
        one.joined_on or "", one.bought_on or "", one.due_on or "",
        one.referrer_points, one.friend_points, "; ".join(str(SIGNALS[signal.signal]) for signal in one.evidence),
        str(CAUSES[one.cause]),
    ]  # fmt: skip


def _wanted(this: Asked) -> Wanted:
    state = this.filters.get("state", "")
    return Wanted(
        state=State(state) if state in set(State) else None if state == "all" else State.REVIEW,
        referrer_id=id_in(this.filters.get("member", "")),
    )


def _views(this: Asked, now: State | None) -> list[tuple[Any, str, bool, str]]:
    """The tabs: words, address, whether it is this one, how many."""
    known = counted(db())
    tabs: list[tuple[Any, str, bool, str]] = [
        (words.STATES[state], _view(this, state), state is now, number(known[state])) for state in VIEWS
    ]
    return [*tabs, (_("All"), this.with_filter("state", "all"), now is None, number(sum(known.values())))]


def _view(this: Asked, state: State) -> str:
    return this.without("state") if state is State.REVIEW else this.with_filter("state", state.value)


def _applied(wanted: Wanted) -> list[tuple[str, str]]:
    if wanted.referrer_id is None:
        return []
    name = names_of(db(), [wanted.referrer_id]).get(wanted.referrer_id, "")
    return [("member", _("Friends of %(name)s", name=name))]
