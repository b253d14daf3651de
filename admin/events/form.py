"""The form of an event: what people read, when and where, seats and answers, who first, for how much."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, SelectField
from wtforms.fields.choices import SelectChoice

from admin.events.fields import TimeField, event_day, moment_in
from club.clock import ONE_DAY, day_ends
from club.errors import BadEvent, Refusal
from club.events.rules import (
    LONGEST_LINK,
    LONGEST_NOTE,
    LONGEST_PLACE,
    LONGEST_TITLE,
    LONGEST_WORDS,
    MOST_GUESTS,
    MOST_HOURS,
    MOST_POINTS,
    MOST_SEATS,
    Audience,
    Event,
    Fault,
    Kind,
)
from club.money import LARGEST_AMOUNT
from club.texts import LANGUAGES, Texts
from club.tiers.rules import Rung
from web.event_words import KINDS, last_minute
from web.forms import Form, MoneyField, Needed, OnceKeyField, TextAreaField, TextField, WholeNumberField
from web.languages import OWN_NAMES, in_language
from web.programme import programme

LONGEST_VERSION = 9
MIDNIGHT = time()
RUNG = "rung:"
"""Before the key of a tier among the choices of whom it is for."""

_FIELDS: Mapping[str, str] = {
    Fault.TIMES: "ends_at",
    Fault.PLACE: "place",
    Fault.LINKS: "map_link",
    Fault.SEATS: "seats",
    Fault.GUESTS: "most_guests",
    Fault.ANSWER_BY: "answer_by_on",
    Fault.POINTS: "points",
    Fault.RUNG: "who",
    Fault.WINDOWS: "opens_on",
    Fault.QUOTAS: "seats",
    Fault.PUBLIC: "is_public",
    Fault.HOURS: "accept_hours",
    Fault.COST: "cost",
}
"""Beside which field the words of a fault stand."""
TEXTS = ("title", "words", "programme", "after")


def _line(language: str) -> TextField:
    return TextField(OWN_NAMES[language], longest=LONGEST_TITLE, render_kw={"lang": language, "autocomplete": "off"})


def _lines(language: str, rows: int) -> TextAreaField:
    look = {"lang": language, "autocomplete": "off", "class": "form-control"}
    return TextAreaField(OWN_NAMES[language], longest=LONGEST_WORDS, rows=rows, render_kw=look)


def _link(label: Any) -> TextField:
    look = {"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}
    return TextField(label, longest=LONGEST_LINK, render_kw=look)


@dataclass(frozen=True)
class Moments:
    """The moments of an event, in UTC."""

    starts_at: datetime
    ends_at: datetime
    answer_by: datetime | None
    opens_at: datetime | None
    opens: Mapping[str, datetime]


class EventForm(Form):
    """One event. The windows and shares of the tiers are added by `form_for`."""

    keys: tuple[str, ...] = ()
    """Of the tiers, the lowest first."""

    title_en, title_es, title_ru = _line("en"), _line("es"), _line("ru")
    words_en, words_es, words_ru = _lines("en", 3), _lines("es", 3), _lines("ru", 3)
    programme_en, programme_es, programme_ru = _lines("en", 5), _lines("es", 5), _lines("ru", 5)
    after_en, after_es, after_ru = _lines("en", 2), _lines("es", 2), _lines("ru", 2)
    kind = SelectField(_l("Kind"))
    starts_on = event_day(_l("Day"), [Needed(_l("Enter the day of the event."))])
    starts_at = TimeField(_l("Begins at"), [Needed(_l("Enter when it begins."))])
    ends_on = event_day(_l("Last day"))
    ends_at = TimeField(_l("Ends at"), [Needed(_l("Enter when it ends."))])
    place = TextField(_l("Where it takes place"), longest=LONGEST_PLACE, render_kw={"autocomplete": "off"})
    address = TextAreaField(_l("Address"), longest=LONGEST_PLACE, rows=2, render_kw={"class": "form-control"})
    map_link = _link(_l("Link to a map"))
    online_link = _link(_l("Link to take part online"))
    seats = WholeNumberField(
        _l("Seats in all"), [Needed(_l("Enter how many seats there are."))], least=1, most=MOST_SEATS
    )
    most_guests = WholeNumberField(_l("Guests for each member"), most=MOST_GUESTS)
    answer_by_on = event_day(_l("Answer by"))
    answer_by_at = TimeField(_l("Until what time"))
    accept_hours = WholeNumberField(_l("Hours to take a freed seat"), least=1, most=MOST_HOURS)
    asks_diet = BooleanField(_l("Ask what guests do not eat"))
    asks_access = BooleanField(_l("Ask what guests need to get in and around"))
    who = SelectField(_l("For whom"))
    is_public = BooleanField(_l("Strangers may sign up too"))
    points = WholeNumberField(_l("Price in points"), most=MOST_POINTS)
    attend_points = WholeNumberField(_l("Points for being there"), most=MOST_POINTS)
    opens_on = event_day(_l("Everybody may book from"))
    opens_time = TimeField(_l("At"))
    survey_link = _link(_l("Link to a survey"))
    cost = MoneyField(_l("What it costs the club"), most=LARGEST_AMOUNT)
    note = TextAreaField(_l("Note for colleagues"), longest=LONGEST_NOTE, rows=2, render_kw={"class": "form-control"})
    key = OnceKeyField()
    version = HiddenField()
    """Which state of the event the form was filled from."""

    def offer_choices(self, rungs: Sequence[Rung], current: str | None) -> None:
        """The kinds and tiers that there are; a tier that is gone stays while it is chosen."""
        self.kind.choices = [SelectChoice(one.value, words) for one, words in KINDS.items()]
        names = {rung.key: in_language(rung.name) for rung in rungs[1:]}
        if current is not None:
            names.setdefault(current, current)
        self.who.choices = [
            SelectChoice(Audience.ALL.value, _("All members")),
            *(SelectChoice(RUNG + key, _("Tier %(tier)s and above", tier=name)) for key, name in names.items()),
            SelectChoice(Audience.INVITED.value, _("Only whoever is invited")),
        ]

    @property
    def seen_version(self) -> int:
        """Which state the form was filled from; 0, which no state has, where it says nonsense."""
        text = self.version.data or ""
        return int(text) if text.isdecimal() and len(text) < LONGEST_VERSION else 0

    @property
    def is_narrowed(self) -> bool:
        """Whether somebody books earlier, or a tier has a share; or something is wrong with that."""
        named = [self[f"{name}_{key}"] for key in self.keys for name in ("opens_on", "quota")]
        return any(field.data is not None or field.errors for field in (self.opens_on, *named))

    def texts(self, name: str) -> Texts:
        """One text in every language."""
        return Texts({language: self[f"{name}_{language}"].data or "" for language in LANGUAGES})

    def event(self, price: int | None) -> Event | None:
        """What was typed, as a value; None where a moment was typed that the clock skips, with words beside it.

        `price`: what a place costs already, where that is not asked any more.
        """
        moments = self._moments()
        if moments is None:
            return None
        chosen = self.who.data
        is_rung = chosen.startswith(RUNG)
        quotas = {key: self[f"quota_{key}"].data for key in self.keys}
        return Event(
            kind=Kind(self.kind.data),
            title=self.texts("title"),
            words=self.texts("words"),
            programme=self.texts("programme"),
            after=self.texts("after"),
            place=self.place.data or "",
            address=self.address.data or "",
            map_link=self.map_link.data or "",
            online_link=self.online_link.data or "",
            starts_at=moments.starts_at,
            ends_at=moments.ends_at,
            seats=self.seats.data or 0,
            most_guests=self.most_guests.data or 0,
            asks_diet=self.asks_diet.data,
            asks_access=self.asks_access.data,
            answer_by=moments.answer_by,
            points=(self.points.data or 0) if price is None else price,
            who=Audience.RUNG if is_rung else Audience(chosen),
            rung_key=chosen.removeprefix(RUNG) if is_rung else None,
            opens_at=moments.opens_at,
            opens=moments.opens,
            quotas={key: seats for key, seats in quotas.items() if seats is not None},
            is_public=self.is_public.data,
            accept_hours=self.accept_hours.data or Event.accept_hours,
            attend_points=self.attend_points.data or 0,
            survey_link=self.survey_link.data or "",
            cost=self.cost.data,
            note=self.note.data or "",
        )

    def show_refusal(self, refusal: Refusal) -> None:
        """Put the words of a refusal where it belongs."""
        name = None
        if isinstance(refusal, BadEvent):
            name = _FIELDS.get(refusal.fault, f"title_{LANGUAGES[0]}")
        self.refuse(refusal, self[name] if name else None)

    def _moments(self) -> Moments | None:
        first = self.starts_on.data
        last = self.ends_on.data or first
        begins, ends = self.starts_at.data or MIDNIGHT, self.ends_at.data or MIDNIGHT
        if last and not self.ends_on.data and ends <= begins:
            last += ONE_DAY  # until one in the morning
        starts_at, ends_at = self._moment(first, self.starts_at), self._moment(last, self.ends_at)
        answer_by = self._until(self.answer_by_on.data, self.answer_by_at)
        opens_at = self._moment(self.opens_on.data, self.opens_time)
        opens = {key: self._moment(self[f"opens_on_{key}"].data, self[f"opens_time_{key}"]) for key in self.keys[1:]}
        if starts_at is None or ends_at is None or self.errors:
            return None
        windows = {key: moment for key, moment in opens.items() if moment is not None}
        return Moments(starts_at=starts_at, ends_at=ends_at, answer_by=answer_by, opens_at=opens_at, opens=windows)

    def _moment(self, day: date | None, at: TimeField) -> datetime | None:
        """That time of that day; without a time the beginning of the day."""
        if day is None:
            return None
        found = moment_in(day, at.data or MIDNIGHT, programme().time_zone)
        if found is None:
            at.errors = [_("The clocks are put forward at this time. Choose another one.")]
        return found

    def _until(self, day: date | None, at: TimeField) -> datetime | None:
        """The same for a deadline: without a time the day counts to its end."""
        if day is not None and at.data is None:
            return day_ends(day, programme().time_zone)
        return self._moment(day, at)


@lru_cache(maxsize=16)
def form_for(rungs: tuple[tuple[str, str], ...]) -> type[EventForm]:
    """The form of a club with these tiers: key and name, the lowest first."""
    fields: dict[str, Any] = {"keys": tuple(key for key, _name in rungs)}
    for key, name in rungs:
        fields[f"opens_on_{key}"] = event_day(_l("%(tier)s from", tier=name))
        fields[f"opens_time_{key}"] = TimeField(_l("At"))
        fields[f"quota_{key}"] = WholeNumberField(_l("Seats for %(tier)s at most", tier=name), most=MOST_SEATS)
    return type("EventFormOfTiers", (EventForm,), fields)


def filled_from(event: Event, version: int) -> dict[str, Any]:
    """What the form shows of an event that is there."""
    zone = ZoneInfo(programme().time_zone)
    starts, ends = event.starts_at.astimezone(zone), event.ends_at.astimezone(zone)
    given: dict[str, Any] = {
        **_day_and_time("starts_on", "starts_at", event.starts_at, zone),
        **_day_and_time("ends_on", "ends_at", event.ends_at, zone),
        **_day_and_time("opens_on", "opens_time", event.opens_at, zone),
        "kind": event.kind.value,
        "who": RUNG + (event.rung_key or "") if event.who is Audience.RUNG else event.who.value,
        "version": str(version),
        **{
            name: getattr(event, name)
            for name in (
                "place", "address", "map_link", "online_link", "seats", "most_guests", "asks_diet", "asks_access",
                "is_public", "points", "attend_points", "accept_hours", "survey_link", "cost", "note",
            )
        },
    }  # fmt: skip
    is_past_midnight = ends.date() == starts.date() + ONE_DAY and ends.time() <= starts.time()
    if ends.date() == starts.date() or is_past_midnight:
        given["ends_on"] = None  # as it is typed: the hours say it
    if event.answer_by is not None:
        until = last_minute(event.answer_by)
        given["answer_by_on"] = until.astimezone(zone).date()
        given["answer_by_at"] = None if until != event.answer_by else until.astimezone(zone).time()
    for key, moment in event.opens.items():
        given |= _day_and_time(f"opens_on_{key}", f"opens_time_{key}", moment, zone)
    given |= {f"quota_{key}": seats for key, seats in event.quotas.items()}
    for language in LANGUAGES:
        given |= {f"{name}_{language}": getattr(event, name).get(language, "") for name in TEXTS}
    return given


def _day_and_time(day: str, at: str, moment: datetime | None, zone: ZoneInfo) -> dict[str, Any]:
    local = moment.astimezone(zone) if moment else None
    return {day: local.date() if local else None, at: local.time() if local else None}
