"""The form of the ladder: one block of fields a rung, put together into a `Ladder`."""

import re
from datetime import date
from functools import cache
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, Field, HiddenField, SelectField
from wtforms.fields.choices import SelectChoice

from club.texts import LANGUAGES, Texts
from club.tiers.rules import (
    HIGHEST_MULTIPLIER_PERCENT,
    LONGEST_GRACE_DAYS,
    LONGEST_KEY,
    LONGEST_VALIDITY_MONTHS,
    MOST_PURCHASES,
    MOST_RUNGS,
    Fall,
    Ladder,
    Route,
    Routes,
    Rung,
    Window,
)
from club.tiers.written import LONGEST_NAME
from web.formats import money, number
from web.forms import DayField, Form, MoneyField, MultiplierField, Needed, TextField, WholeNumberField
from web.languages import OWN_NAMES
from web.programme import programme, today

OF_A_RUNG = (
    "key", *(f"name_{language}" for language in LANGUAGES), "spend", "purchases", "qualifying_points", "by_invitation",
    "multiplier", "discount",
)  # fmt: skip


class ThresholdField(MoneyField):
    """An amount, without its decimals where there are none: thresholds are round."""

    def _edited(self, value: int) -> str:
        return re.sub("[.,]0+$", "", super()._edited(value))


class LadderForm(Form):
    """How one climbs and falls, from when on, and the rungs; those are added by `with_rungs`."""

    window = SelectField(_l("Purchases that count"))
    routes = SelectField(_l("To reach a tier"))
    validity_months = WholeNumberField(
        _l("A tier holds for so many months"),
        [Needed(_l("Enter for how many months a tier holds."))],
        least=1,
        most=LONGEST_VALIDITY_MONTHS,
    )
    grace_days = WholeNumberField(
        _l("Days of grace after its end"), [Needed(_l("Enter the days of grace, or 0."))], most=LONGEST_GRACE_DAYS
    )
    fall = SelectField(_l("Who misses a tier"))
    starts_on = DayField(_l("First day of this ladder"), [Needed(_l("Enter the first day."))])
    tell = BooleanField(_l("Write to whoever reaches a tier by this change"))
    shown = HiddenField()
    """Of what the effect that was looked at was worked out."""

    rungs = 0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.window.choices = [
            SelectChoice(Window.LAST_12_MONTHS.value, _("of the last 12 months")),
            SelectChoice(Window.CALENDAR_YEAR.value, _("of the calendar year")),
            SelectChoice(Window.MEMBERSHIP_YEAR.value, _("of the member's own year")),
        ]
        self.routes.choices = [
            SelectChoice(Routes.ANY.value, _("one of the thresholds is enough")),
            SelectChoice(Routes.ALL.value, _("all of its thresholds are needed")),
        ]
        self.fall.choices = [
            SelectChoice(Fall.ONE_RUNG.value, _("goes down one tier")),
            SelectChoice(Fall.STANDING.value, _("goes to the tier that their purchases reach")),
            SelectChoice(Fall.NEVER.value, _("keeps it")),
        ]

    def part(self, name: str, number: int) -> Field:
        """A field of one rung, counted from 1."""
        return self[f"{name}_{number}"]

    def validate(self, extra_validators: Any = None) -> bool:
        """The fields, then what they say together; each complaint at its field."""
        is_right = super().validate(extra_validators)
        main = programme().main_language
        for place in range(1, self.rungs + 1):
            if not self.part(f"name_{main}", place).data:
                is_right = _complain(
                    self.part(f"name_{main}", place),
                    _("Enter the name in %(language)s.", language=OWN_NAMES[main]),
                )
        return self._rises() and self._starts_ahead() and is_right

    def ladder(self) -> Ladder:
        """What was typed, as a value; raises `BadLadder` for what `validate` lets through."""
        rungs: list[Rung] = []
        for place in range(1, self.rungs + 1):
            rungs.append(self._rung(place, {rung.key for rung in rungs}))
        return Ladder(
            tuple(rungs),
            Window(self.window.data),
            Routes(self.routes.data),
            self.validity_months.data or 0,
            self.grace_days.data or 0,
            Fall(self.fall.data),
        )

    @property
    def first_day(self) -> date:
        """The day from which it holds."""
        assert self.starts_on.data is not None  # validated
        return self.starts_on.data

    @property
    def gaps(self) -> int:
        """Names that a language lacks."""
        return sum(
            not self.part(f"name_{language}", place).data
            for place in range(1, self.rungs + 1)
            for language in LANGUAGES
        )

    def _rung(self, place: int, taken: set[str]) -> Rung:
        names = {language: self.part(f"name_{language}", place).data or "" for language in LANGUAGES}
        is_first, invited = place == 1, place > 1 and bool(self.part("by_invitation", place).data)
        asks = {route: 0 if is_first or invited else self.part(route, place).data or 0 for route in Route}
        return Rung(
            key=self._key(place, names, taken),
            name=Texts(names),
            spend=asks[Route.SPEND],
            purchases=asks[Route.PURCHASES],
            qualifying_points=asks[Route.QUALIFYING_POINTS],
            by_invitation=invited,
            multiplier_percent=_or(self.part("multiplier", place).data, 100),
            discount_percent=_or(self.part("discount", place).data, 0),
        )

    def _key(self, place: int, names: dict[str, str], taken: set[str]) -> str:
        """The rung's own key for ever; a new one is named after its English, else its first name."""
        known = [self.part("key", other).data for other in range(1, self.rungs + 1)]
        key = self.part("key", place).data or ""
        if key:
            return key
        wanted = re.sub(r"[^a-z0-9]+", "-", (names["en"] or "").casefold()).strip("-")[: LONGEST_KEY - 4]
        base = wanted or f"tier-{place}"
        candidates = [base, *(f"{base}-{number}" for number in range(2, MOST_RUNGS + 2))]
        return next(one for one in candidates if one not in known and one not in taken)

    def _rises(self) -> bool:
        """Every rung asks something, nothing less than further down, and on one route at least more."""
        asked = dict.fromkeys(Route, 0)
        are_right = True
        for place in range(2, self.rungs + 1):
            if self.part("by_invitation", place).data:
                continue
            asks = {route: self.part(route, place).data or 0 for route in Route}
            offered = [route for route in Route if asks[route]]
            if any(self.part(route, place).errors for route in Route):
                are_right = False
            elif not offered:
                are_right = _complain(
                    self.part("spend", place), _("Enter what this tier asks for, or make it by invitation.")
                )
            for route in offered:
                if asks[route] < asked[route]:
                    words = _("Enter %(least)s or more: a tier below asks for that.", least=_said(route, asked[route]))
                    are_right = _complain(self.part(route, place), words)
            if offered and all(asks[route] == asked[route] for route in offered):
                words = _("Enter more than %(least)s: the tier below asks for as much.", least=_asked(asked, offered))
                are_right = _complain(self.part(offered[0], place), words)
            asked |= {route: max(asks[route], asked[route]) for route in offered}
        return are_right

    def _starts_ahead(self) -> bool:
        if self.starts_on.data is not None and self.starts_on.data < today():
            return _complain(self.starts_on, _("Enter today or a later day."))
        return True


@cache
def with_rungs(rungs: int) -> type[LadderForm]:
    """The form for a ladder of so many rungs."""
    fields: dict[str, object] = {"rungs": rungs}
    for place in range(1, rungs + 1):
        fields[f"key_{place}"] = HiddenField()
        for language in LANGUAGES:
            fields[f"name_{language}_{place}"] = TextField(
                OWN_NAMES[language], longest=LONGEST_NAME, render_kw={"autocomplete": "off", "lang": language}
            )
        fields[f"multiplier_{place}"] = MultiplierField(_l("Points multiplier"), most=HIGHEST_MULTIPLIER_PERCENT)
        fields[f"discount_{place}"] = WholeNumberField(_l("Discount in percent"), most=100)
        if place > 1:
            fields[f"spend_{place}"] = ThresholdField(_l("Spend"))
            fields[f"purchases_{place}"] = WholeNumberField(_l("Purchases"), most=MOST_PURCHASES)
            fields[f"qualifying_points_{place}"] = WholeNumberField(_l("Points that count for tiers"))
            fields[f"by_invitation_{place}"] = BooleanField(_l("By invitation: given by hand, whatever somebody buys"))
    return type("LadderOfRungs", (LadderForm,), fields)


def form_of(ladder: Ladder, starts_on: date) -> LadderForm:
    """The form filled with a ladder."""
    given: dict[str, object] = {
        "window": ladder.window.value,
        "routes": ladder.routes.value,
        "validity_months": ladder.validity_months,
        "grace_days": ladder.grace_days,
        "fall": ladder.fall.value,
        "starts_on": starts_on,
        "tell": True,
    }
    for place, rung in enumerate(ladder.rungs, start=1):
        given[f"key_{place}"] = rung.key
        given |= {f"name_{language}_{place}": rung.name.get(language, "") for language in LANGUAGES}
        given |= {f"{route}_{place}": rung.asks(route) or None for route in Route}
        given[f"by_invitation_{place}"] = rung.by_invitation
        given[f"multiplier_{place}"] = rung.multiplier_percent
        given[f"discount_{place}"] = rung.discount_percent
    return with_rungs(len(ladder.rungs))(formdata=None, **given)


def rungs_sent(sent: MultiDict[str, str]) -> int:
    """How many rungs a form that was sent has."""
    return min(max([int(name[4:]) for name in sent if re.fullmatch(r"key_[0-9]{1,2}", name)], default=1), MOST_RUNGS)


def rearranged(sent: MultiDict[str, str], act: str) -> LadderForm:
    """The form again after one of its buttons: `add`, `up-3`, `down-3`, `remove-3`. What was typed goes along."""
    rungs = rungs_sent(sent)
    order = list(range(1, rungs + 1))
    verb, _dash, words = act.partition("-")
    place = int(words) if words.isdecimal() and 1 < int(words) <= rungs else None
    if verb == "add" and rungs < MOST_RUNGS:
        order.append(rungs + 1)
    elif place is not None and verb == "remove":
        order.remove(place)
    elif place is not None and verb in {"up", "down"}:
        other = place + (1 if verb == "up" else -1)
        if 1 < other <= rungs:
            at, to = place - 1, other - 1
            order[at], order[to] = order[to], order[at]
    moved: MultiDict[str, str] = MultiDict()
    for name, values in sent.lists():
        if not re.fullmatch(f"({'|'.join(OF_A_RUNG)})_[0-9]+", name):
            moved.setlist(name, values)
    for to, came_from in enumerate(order, start=1):
        for name in OF_A_RUNG:
            values = sent.getlist(f"{name}_{came_from}")
            if values or name == "key":
                moved.setlist(f"{name}_{to}", values or [""])
    return with_rungs(len(order))(moved)


def _complain(field: Field, words: str) -> bool:
    field.errors = [*field.errors, words]
    return False


def _or(value: int | None, default: int) -> int:
    return default if value is None else value


def _said(route: Route, value: int) -> str:
    return money(value) if route is Route.SPEND else number(value)


def _asked(asked: dict[Route, int], offered: list[Route]) -> str:
    return _said(offered[0], asked[offered[0]])
