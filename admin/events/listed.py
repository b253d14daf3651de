"""The list of events by where they stand, and one of them: what it is, how it stands, as members read it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice

from admin import admin
from admin.events.examples import PURPOSES
from club.events.models import the_event
from club.events.reading.answers import answer_counts
from club.events.reading.pictures import first_pictures
from club.events.reading.staff import EventLine, View, counts_by_view, events_in
from club.events.rules import Event, Kind, State
from club.permissions import Permission
from web import event_words as words
from web.access import staff_only
from web.database import db
from web.formats import moment, money, number, points
from web.forms import Form, TextField
from web.languages import in_language
from web.lists import PAGE, Asked, asked, page_of
from web.movements import rung_name
from web.programme import programme, today
from web.spreadsheet import csv_file

VIEWS: dict[str, Any] = {
    "coming": _l("Coming"),
    "drafts": _l("Drafts"),
    "past": _l("Past"),
    "cancelled": _l("Called off"),
}
FIRST = "coming"
MOST_ROWS = 5_000


class FilterForm(Form):
    """What narrows the list."""

    class Meta:
        """A GET form."""

        csrf = False

    q = TextField(_l("Title or place"), longest=200, render_kw={"autocomplete": "off"})
    kind = SelectField(_l("Kind"))


@admin.get("/events")
@staff_only(Permission.MANAGE_EVENTS)
def events() -> ResponseReturnValue:
    """What comes; what is being written, what was, what was called off."""
    this, view, kind = _asked()
    rows = events_in(
        db(), view, datetime.now(UTC), kind=kind, q=this.filters.get("q", ""), limit=PAGE + 1, offset=this.offset
    )
    counts = counts_by_view(db(), datetime.now(UTC))
    form = FilterForm(formdata=None, q=this.filters.get("q", ""), kind=kind.value if kind else "")
    form.kind.choices = [
        SelectChoice("", _("All kinds")), *(SelectChoice(one.value, said) for one, said in words.KINDS.items())
    ]  # fmt: skip
    return render_template(
        "admin/events.html",
        views=[(said, _view(this, key), key == view, number(counts[View(key)])) for key, said in VIEWS.items()],
        page=page_of(rows, this),
        form=form,
        applied=_applied(this, kind),
        bare=_view(this, view, is_bare=True),
        is_empty=not any(counts.values()),
        kinds=[(one.value, said, PURPOSES[one]) for one, said in words.KINDS.items()],
        words=words,
    )


@admin.get("/events/list.csv")
@staff_only(Permission.MANAGE_EVENTS)
def events_csv() -> ResponseReturnValue:
    """The list as a table for spreadsheets: figures, nobody's name."""
    this, view, kind = _asked()
    rows = events_in(db(), view, datetime.now(UTC), kind=kind, q=this.filters.get("q", ""), limit=MOST_ROWS, offset=0)
    heads = [
        _("Event"), _("Kind"), _("State"), _("Begins"), _("Ends"), _("Where"), _("Seats"), _("Seats taken"),
        _("Going"), _("Waiting"), _("Invited"),
    ]  # fmt: skip
    return csv_file(f"events-{view}-{today().isoformat()}", heads, _table(rows))


@admin.get("/events/<int:event_id>")
@staff_only(Permission.MANAGE_EVENTS)
def events_one(event_id: int) -> ResponseReturnValue:
    """One event: how it stands, what it is, as members read it."""
    view = the_event(db(), event_id)
    return render_template(
        "admin/events_one.html",
        view=view,
        counts=answer_counts(db(), event_id),
        image=first_pictures(db(), [event_id]).get(event_id),
        facts=_facts(view.event),
        windows=_windows(view.event),
        words=words,
    )


def _asked() -> tuple[Asked, str, Kind | None]:
    this = asked(("view", "q", "kind"), (), "")
    view, kind = this.filters.get("view", FIRST), this.filters.get("kind", "")
    return this, view if view in VIEWS else FIRST, Kind(kind) if kind in set(Kind) else None


def _view(this: Asked, key: str, *, is_bare: bool = False) -> str:
    """The address of a view: with the other filters, or without them."""
    bare = replace(this, filters={name: value for name, value in this.filters.items() if name == "view"})
    base = bare if is_bare else this
    return base.without("view") if key == FIRST else base.with_filter("view", key)


def _applied(this: Asked, kind: Kind | None) -> list[tuple[str, Any]]:
    said: list[tuple[str, Any]] = []
    if this.filters.get("q"):
        said.append(("q", this.filters["q"]))
    if kind is not None:
        said.append(("kind", words.KINDS[kind]))
    return said


def _table(rows: list[EventLine]) -> Iterator[tuple[Any, ...]]:
    zone = ZoneInfo(programme().time_zone)
    for row in rows:
        yield (
            in_language(row.title),
            str(words.KINDS[Kind(row.kind)]),
            str(words.STATES[State(row.state)]),
            row.starts_at.astimezone(zone).isoformat(timespec="minutes"),
            row.ends_at.astimezone(zone).isoformat(timespec="minutes"),
            row.place,
            row.seats,
            row.seats_taken,
            row.going,
            row.waitlist,
            row.invited,
        )


def _facts(event: Event) -> list[tuple[str, Any]]:
    said: list[tuple[str, Any]] = [
        (_("Kind"), words.KINDS[event.kind]),
        (_("When"), words.when(event.starts_at, event.ends_at)),
        (_("Where"), event.place or "–"),
        (_("For whom"), words.for_whom(event)),
        (_("Seats"), number(event.seats)),
        (_("Guests for each member"), number(event.most_guests)),
        (_("Price"), words.price(event.points)),
        (_("Answer by"), moment(words.last_minute(event.last_moment))),
        (_("Hours to take a freed seat"), number(event.accept_hours)),
    ]
    if event.attend_points:
        said.append((_("Points for being there"), points(event.attend_points)))
    if event.cost is not None:
        said.append((_("What it costs the club"), money(event.cost)))
    if event.online_link:
        said.append((_("Link to take part online"), event.online_link))
    if event.note:
        said.append((_("Note for colleagues"), event.note))
    return said


def _windows(event: Event) -> list[tuple[str, str]]:
    """Who may book from when, and how many seats are for whom."""
    said = [
        (_("%(tier)s from", tier=rung_name(key)), moment(at))
        for key, at in sorted(event.opens.items(), key=lambda one: one[1])
    ]
    if event.opens_at is not None:
        said.append((_("Everybody may book from"), moment(event.opens_at)))
    said += [(_("Seats for %(tier)s at most", tier=rung_name(key)), number(n)) for key, n in event.quotas.items()]
    return said
