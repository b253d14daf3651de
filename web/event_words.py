"""Events in words: kinds, states, when and where, what somebody answered. For every door."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol, assert_never
from zoneinfo import ZoneInfo

from babel.dates import format_date, get_timezone_location
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext, ngettext

from club.events.rules import Answer, Audience, Event, Kind, State, WaveState, Who
from club.texts import Texts
from web.formats import clock_time, moment, number, points
from web.languages import in_language, locale
from web.movements import rung_name
from web.programme import programme

FEW = 10
"""Below so many the number of free seats is said."""

KINDS: Mapping[Kind, Any] = {
    Kind.CORPORATE: _l("Corporate event"),
    Kind.CULTURAL: _l("Cultural event"),
    Kind.FAMILY: _l("Family event"),
    Kind.SOCIAL: _l("Social event"),
    Kind.TRAINING: _l("Course or tasting class"),
}

STATES: Mapping[State, Any] = {
    State.DRAFT: _l("Draft"),
    State.PUBLISHED: lazy_pgettext("an event", "Published"),
    State.CANCELLED: lazy_pgettext("an event", "Called off"),
    State.OVER: lazy_pgettext("an event", "Over"),
}

STATE_LOOKS: Mapping[State, str] = {
    State.DRAFT: "",
    State.PUBLISHED: "success",
    State.CANCELLED: "danger",
    State.OVER: "",
}

ANSWERS: Mapping[Answer, Any] = {
    Answer.GOING: lazy_pgettext("answer to an invitation", "Going"),
    Answer.NOT_GOING: lazy_pgettext("answer to an invitation", "Not going"),
    Answer.WAITLIST: lazy_pgettext("answer to an invitation", "Waiting list"),
    Answer.OFFERED: lazy_pgettext("answer to an invitation", "A seat is offered"),
    Answer.ATTENDED: lazy_pgettext("answer to an invitation", "Was there"),
    Answer.ABSENT: lazy_pgettext("answer to an invitation", "Did not come"),
}

ANSWER_LOOKS: Mapping[Answer, str] = {
    Answer.GOING: "success",
    Answer.NOT_GOING: "",
    Answer.WAITLIST: "warning",
    Answer.OFFERED: "info",
    Answer.ATTENDED: "success",
    Answer.ABSENT: "warning",
}

WAVE_STATES: Mapping[WaveState, Any] = {
    WaveState.PLANNED: lazy_pgettext("invitations", "Waiting"),
    WaveState.WRITTEN: lazy_pgettext("invitations", "Written"),
    WaveState.CANCELLED: lazy_pgettext("invitations", "Taken back"),
}

WAVE_LOOKS: Mapping[WaveState, str] = {
    WaveState.PLANNED: "info",
    WaveState.WRITTEN: "success",
    WaveState.CANCELLED: "",
}


def when(starts_at: datetime, ends_at: datetime) -> str:
    """viernes, 27 de marzo de 2027, 19:00–22:00: on the club's clock; of several days from moment to moment."""
    zone = ZoneInfo(programme().time_zone)
    first, last = starts_at.astimezone(zone), ends_at.astimezone(zone)
    if last.date() == first.date() or (last - first < timedelta(hours=12) and last.hour < 7):
        return f"{weekday(starts_at)}, {_clock(first)}–{_clock(last)}"
    return f"{moment(starts_at)} – {moment(ends_at)}"


def short_when(starts_at: datetime) -> str:
    """27 mar, 19:00: for rows of a list."""
    local = starts_at.astimezone(ZoneInfo(programme().time_zone))
    return f"{format_date(local.date(), 'medium', locale=locale())}, {_clock(local)}"


def weekday(at: datetime) -> str:
    """viernes, 27 de marzo de 2027."""
    return format_date(at.astimezone(ZoneInfo(programme().time_zone)).date(), "full", locale=locale())


def zone_city() -> str:
    """The city by whose clock the club lives: Madrid."""
    return get_timezone_location(ZoneInfo(programme().time_zone), locale=locale(), return_city=True)


def price(of_points: int) -> str:
    """What a place costs."""
    return points(of_points) if of_points else _("Free of charge")


def seats_left(left: int) -> str:
    """How many seats are left: the number once there are few."""
    if left <= 0:
        return _("Full: waiting list")
    if left < FEW:
        return ngettext("%(count)s seat left", "%(count)s seats left", left, count=number(left))
    return _("Seats are left")


def guests(count: int) -> str:
    """With how many guests."""
    return ngettext("with %(count)s guest", "with %(count)s guests", count, count=number(count)) if count else ""


class HasDay(Protocol):
    """An event, or a line about one."""

    @property
    def title(self) -> Texts: ...

    @property
    def starts_at(self) -> datetime: ...


def named(event: HasDay) -> str:
    """Its title and its day."""
    return _("%(title)s, %(day)s", title=in_language(event.title), day=short_when(event.starts_at))


def for_whom(event: Event) -> str:
    """Whom it is for."""
    if event.is_public:
        return _("Open to everybody")
    match event.who:
        case Audience.ALL:
            return _("All members")
        case Audience.RUNG:
            return _("Tier %(tier)s and above", tier=rung_name(event.rung_key or ""))
        case Audience.INVITED:
            return _("By invitation")
        case _ as never:
            assert_never(never)


def to_whom(who: Who, rung_key: str | None, name: str = "") -> str:
    """To whom a wave of invitations goes."""
    match who:
        case Who.ALL:
            return _("All members")
        case Who.RUNG:
            return _("Tier %(tier)s and above", tier=rung_name(rung_key or ""))
        case Who.PICKED:
            return _("View «%(name)s»", name=name) if name else _("Hand-picked people")
        case Who.SILENT:
            return _("Reminder to the silent")
        case _ as never:
            assert_never(never)


def terms(event: Event) -> list[str]:
    """For whom, for how much, with how many guests, until when to answer: as a member reads it."""
    said = [for_whom(event), price(event.points)]
    if event.most_guests:
        most = event.most_guests
        said.append(ngettext("up to %(count)s guest", "up to %(count)s guests", most, count=number(most)))
    if event.answer_by:
        said.append(_("answer by %(day)s", day=moment(last_minute(event.answer_by))))
    return said


def last_minute(until: datetime) -> datetime:
    """The last minute before a moment: 23:59 for what ends with the day."""
    return until - timedelta(minutes=1) if _is_midnight(until) else until


def _is_midnight(at: datetime) -> bool:
    local = at.astimezone(ZoneInfo(programme().time_zone))
    return (local.hour, local.minute) == (0, 0)


def _clock(local: datetime) -> str:
    return clock_time(local.hour * 60 + local.minute)
