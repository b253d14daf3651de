"""Who comes, who does not, who waits, who is silent; the list to take along, the list to print."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from admin import admin
from admin.events.acts import by
from club.events.models import the_event
from club.events.reading.answers import AnswerLine, Counts, answer_counts, answers_in, export_answers
from club.events.rules import Answer
from club.members.finding import search
from club.permissions import Permission
from web import event_words as words
from web.access import staff_only
from web.database import db
from web.formats import number, time_or_moment
from web.lists import PAGE, Asked, asked, asked_for, page_of
from web.movements import rung_name
from web.programme import programme, today
from web.spreadsheet import csv_file

SILENT = "silent"
TABS: dict[str, Any] = {
    Answer.GOING.value: _l("Going"),
    Answer.WAITLIST.value: _l("Waiting list"),
    Answer.OFFERED.value: _l("A seat is offered"),
    Answer.NOT_GOING.value: _l("Not going"),
    SILENT: _l("No answer yet"),
    Answer.ATTENDED.value: _l("Were there"),
    Answer.ABSENT.value: _l("Did not come"),
}
ALWAYS = {Answer.GOING.value, Answer.NOT_GOING.value, SILENT}
MOST_FOUND = 8
MOST_PRINTED = 2_000


@admin.get("/events/<int:event_id>/answers")
@staff_only(Permission.MANAGE_EVENTS)
def events_answers(event_id: int) -> ResponseReturnValue:
    """The answers by what they say; `person` finds somebody who answered by phone."""
    view, this = the_event(db(), event_id), asked(("show",), (), "")
    counts = answer_counts(db(), event_id)
    show = this.filters.get("show", Answer.GOING.value)
    show = show if show in TABS else Answer.GOING.value
    rows = answers_in(db(), event_id, _state(show), limit=PAGE + 1, offset=this.offset)
    typed = asked_for("person")
    return render_template(
        "admin/events_answers.html",
        view=view,
        tabs=_tabs(this, show, counts),
        tab=show,
        page=page_of(rows, this),
        asked=typed,
        found=search(db(), typed, MOST_FOUND, members_only=False) if typed else [],
        standing=standing,
        needs=needs,
        words=words,
    )


@admin.get("/events/<int:event_id>/answers/list")
@staff_only(Permission.MANAGE_EVENTS)
def events_guests(event_id: int) -> ResponseReturnValue:
    """Everybody who comes, on paper: a box to tick, the guests, what they need."""
    view = the_event(db(), event_id)
    rows = answers_in(db(), event_id, Answer.GOING, limit=MOST_PRINTED, offset=0)
    return render_template("admin/events_guests.html", view=view, rows=rows, needs=needs, words=words)


@admin.post("/events/<int:event_id>/answers/export")
@staff_only(Permission.EXPORT_DATA)
def events_answers_export(event_id: int) -> ResponseReturnValue:
    """All answers as a table for spreadsheets. Who took it is kept in the log."""
    account_id, role = by()
    found = export_answers(db(), event_id, by=account_id, role=role, now=datetime.now(UTC))
    heads = [
        _("Name"), _("Member number"), _("Tier"), _("Their answer"), _("Seats"), _("Guests"), _("Does not eat"),
        _("Needs to get in and around"), _("Note"), _("On"),
    ]  # fmt: skip
    return csv_file(f"event-{event_id}-answers-{today().isoformat()}", heads, _table(found))


def standing(one: AnswerLine) -> str:
    """The answer, with what belongs to it: the place in line, until when a seat is kept."""
    if one.state is None:
        return _("No answer yet")
    said = str(words.ANSWERS[one.state])
    if one.state is Answer.WAITLIST and one.place:
        return _("%(answer)s, place %(place)s", answer=said, place=number(one.place))
    if one.state is Answer.OFFERED and one.offered_until and not one.has_email:
        until = words.short_when(one.offered_until)
        return _("%(answer)s until %(moment)s. No e-mail address: tell them by phone.", answer=said, moment=until)
    if one.state is Answer.OFFERED and one.offered_until:
        return _("%(answer)s until %(moment)s", answer=said, moment=words.short_when(one.offered_until))
    if one.in_at is not None:
        return _("%(answer)s, in at %(time)s", answer=said, time=time_or_moment(one.in_at))
    return said


def needs(one: AnswerLine) -> str:
    """What they told: food, getting around, a note."""
    said = [
        _("does not eat: %(what)s", what=one.diet) if one.diet else "",
        _("needs: %(what)s", what=one.access) if one.access else "",
        one.note,
    ]
    return "; ".join(filter(None, said))


def _state(show: str) -> Any:
    return SILENT if show == SILENT else Answer(show)


def _tabs(this: Asked, show: str, counts: Counts) -> list[tuple[Any, str, bool, str]]:
    """The tabs that have somebody, and those that always stand there: words, address, whether it is this one, count."""
    return [
        (said, _tab(this, key), key == show, number(getattr(counts, key)))
        for key, said in TABS.items()
        if key in ALWAYS or key == show or getattr(counts, key)
    ]


def _tab(this: Asked, key: str) -> str:
    return this.without("show") if key == Answer.GOING else this.with_filter("show", key)


def _table(lines: Iterator[AnswerLine]) -> Iterator[tuple[Any, ...]]:
    zone = ZoneInfo(programme().time_zone)
    for one in lines:
        yield (
            one.full_name,
            one.member_number or "",
            rung_name(one.rung_key) if one.rung_key else "",
            str(words.ANSWERS[one.state]) if one.state else _("No answer yet"),
            one.seats,
            ", ".join(filter(None, one.guests)),
            one.diet,
            one.access,
            one.note,
            one.answered_at.astimezone(zone).isoformat(timespec="minutes") if one.answered_at else "",
        )
