"""The form of a rule of gifts: one for all kinds, each with the fields that it needs."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice

from club.benefits.models import Line
from club.errors import BadGiftRule, Refusal
from club.gifts.rules import (
    LONGEST_TITLE,
    MOST_CHOICES,
    MOST_CHOOSE_DAYS,
    MOST_DAYS,
    MOST_POINTS,
    MOST_THRESHOLD,
    MOST_WAIT_DAYS,
    Fault,
    Kind,
    Option,
    Rule,
    What,
)
from club.money import LARGEST_AMOUNT
from club.offers.models import OfferView
from club.texts import LANGUAGES, Texts
from club.tiers.rules import Route, Rung
from web.forms import DayField, Form, MoneyField, Needed, OnceKeyField, TextField, WholeNumberField
from web.gift_words import PERIODS, ROUTES
from web.languages import OWN_NAMES, in_language

_FIELDS = {
    Fault.OPTIONS: "what_1",
    Fault.POINTS: "points_1",
    Fault.OFFER: "what_1",
    Fault.BENEFIT: "what_1",
    Fault.RUNG: "rung",
    Fault.HOLD: "hold_days",
    Fault.PERIOD: "months",
    Fault.THRESHOLD: "threshold_percent",
    Fault.LEAST: "least",
    Fault.WAIT: "wait_days",
    Fault.AT: "at_percent",
    Fault.CHOOSE: "choose_days",
}
"""Beside which field the words of a fault stand."""

_ONLY: dict[Kind, tuple[str, ...]] = {
    Kind.GROWTH: ("months", "threshold_percent", "least", "wait_days"),
    Kind.MILESTONE: ("at_percent", "route", "choose_days", "what_2", "points_2", "what_3", "points_3"),
}
"""What is asked of these kinds alone."""


def _line(language: str) -> TextField:
    look = {"lang": language, "autocomplete": "off"}
    return TextField(OWN_NAMES[language], longest=LONGEST_TITLE, render_kw=look)


def _points() -> WholeNumberField:
    return WholeNumberField(_l("So many points"), least=1, most=MOST_POINTS)


class GiftForm(Form):
    """One rule."""

    title_en, title_es, title_ru = _line("en"), _line("es"), _line("ru")
    rung = SelectField(_l("For whom"))
    starts_on = DayField(_l("First day"), [Needed(_l("Enter the first day."))])
    months = SelectField(_l("Period"))
    threshold_percent = WholeNumberField(_l("More by so many percent"), least=1, most=MOST_THRESHOLD)
    least = MoneyField(_l("Bought in the period before, at least"), least=1, most=LARGEST_AMOUNT)
    wait_days = WholeNumberField(_l("Days to wait for returns"), most=MOST_WAIT_DAYS)
    at_percent = WholeNumberField(_l("At so many percent of the way"), least=1, most=99)
    route = SelectField(_l("Measured by"))
    what_1, points_1 = SelectField(_l("What is given")), _points()
    what_2, points_2 = SelectField(_l("Or")), _points()
    what_3, points_3 = SelectField(_l("Or")), _points()
    choose_days = WholeNumberField(_l("Days to choose in"), least=1, most=MOST_CHOOSE_DAYS)
    hold_days = WholeNumberField(_l("Days to use it in"), least=1, most=MOST_DAYS)
    key = OnceKeyField()

    def keep_to(self, kind: Kind) -> None:
        """Only what this kind asks."""
        for other, names in _ONLY.items():
            if other is not kind:
                for name in names:
                    del self[name]

    def fill_choices(
        self, kind: Kind, rungs: Sequence[Rung], offers: Sequence[OfferView], benefits: Sequence[Line]
    ) -> None:
        """The tiers, offers and benefits that there are."""
        names = {rung.key: in_language(rung.name) for rung in rungs}
        if kind is Kind.MILESTONE:
            below = list(names.items())[:-1]
            self.rung.choices = [SelectChoice(key, _("Tier %(tier)s", tier=name)) for key, name in below]
            self.route.choices = [SelectChoice(one.value, said) for one, said in ROUTES.items()]
        else:
            above = list(names.items())[1:]
            self.rung.choices = [
                SelectChoice("", _("All members")),
                *(SelectChoice(key, _("Tier %(tier)s and above", tier=name)) for key, name in above),
            ]
        if kind is Kind.GROWTH:
            self.months.choices = [SelectChoice(str(months), said) for months, said in PERIODS.items()]
        given = [
            SelectChoice(What.POINTS.value, _("Points")),
            *(
                SelectChoice(f"offer:{view.id}", _("Voucher: %(offer)s", offer=in_language(view.offer.title)))
                for view in offers
            ),
            *(
                SelectChoice(f"benefit:{line.id}", _("Benefit: %(benefit)s", benefit=in_language(line.benefit.name)))
                for line in benefits
            ),
        ]
        for place in self.places:
            self[f"what_{place}"].choices = given if place == 1 else [SelectChoice("", "–"), *given]

    @property
    def places(self) -> range:
        """The rows of what is given, counted from 1."""
        return range(1, (MOST_CHOICES if "what_2" in self else 1) + 1)

    def rule(self, kind: Kind) -> Rule:
        """What was typed, as a value."""
        assert self.starts_on.data is not None  # validated
        growth: dict[str, Any] = {}
        if kind is Kind.GROWTH:
            growth = {
                "months": int(self.months.data),
                "threshold_percent": self.threshold_percent.data or 0,
                "least": self.least.data or 0,
                "wait_days": self.wait_days.data or 0,
            }
        if kind is Kind.MILESTONE:
            growth = {
                "at_percent": self.at_percent.data or 0,
                "route": Route(self.route.data),
                "choose_days": self.choose_days.data or 0,
            }
        return Rule(
            kind=kind,
            title=Texts({language: self[f"title_{language}"].data or "" for language in LANGUAGES}),
            options=tuple(self._option(place) for place in self.places if self[f"what_{place}"].data),
            starts_on=self.starts_on.data,
            rung_key=self.rung.data or None,
            hold_days=self.hold_days.data,
            **growth,
        )

    def show_refusal(self, refusal: Refusal) -> None:
        """Put the words of a refusal where it belongs."""
        name = None
        if isinstance(refusal, BadGiftRule):
            name = _FIELDS.get(Fault(refusal.fault), f"title_{LANGUAGES[0]}")
        self.refuse(refusal, self[name] if name and name in self else None)

    def _option(self, place: int) -> Option:
        what, _sep, number = self[f"what_{place}"].data.partition(":")
        if what == "offer":
            return Option(What.VOUCHER, offer_id=int(number))
        if what == "benefit":
            return Option(What.BENEFIT, benefit_id=int(number))
        return Option(What.POINTS, self[f"points_{place}"].data or 0)


def filled_from(rule: Rule) -> dict[str, Any]:
    """What the form shows of a rule that is there."""
    given: dict[str, Any] = {
        "rung": rule.rung_key or "",
        "starts_on": rule.starts_on,
        "months": str(rule.months),
        "threshold_percent": rule.threshold_percent or None,
        "least": rule.least or None,
        "wait_days": rule.wait_days,
        "at_percent": rule.at_percent or None,
        "route": rule.route.value,
        "choose_days": rule.choose_days or None,
        "hold_days": rule.hold_days,
    }
    for place, option in enumerate(rule.options, start=1):
        match option.what:
            case What.POINTS:
                given[f"what_{place}"], given[f"points_{place}"] = What.POINTS.value, option.points
            case What.VOUCHER:
                given[f"what_{place}"] = f"offer:{option.offer_id}"
            case What.BENEFIT:
                given[f"what_{place}"] = f"benefit:{option.benefit_id}"
    for language in LANGUAGES:
        given[f"title_{language}"] = rule.title.get(language, "")
    return given
