"""The form of an offer: what it gives, to whom, when, on which conditions, how often."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, SelectField
from wtforms.fields.choices import SelectChoice

from admin.products.fields import TicksField
from club.catalogue.categories import Tree
from club.errors import BadOffer, Refusal
from club.money import LARGEST_AMOUNT
from club.offers.rules import (
    HIGHEST_MULTIPLIER,
    LONGEST_NOTE,
    LONGEST_TITLE,
    LONGEST_WORDS,
    MOST_DAYS,
    MOST_GIFTS,
    MOST_HELD_BACK,
    MOST_OF_LIMIT,
    WHOLE,
    Fault,
    Kind,
    Offer,
    Place,
    Way,
    Who,
)
from club.texts import LANGUAGES, Texts
from club.tiers.rules import Rung
from web.forms import (
    DayField,
    Form,
    MoneyField,
    MultiplierField,
    Needed,
    OnceKeyField,
    TextAreaField,
    TextField,
    WholeNumberField,
)
from web.languages import OWN_NAMES, in_language
from web.offers import KINDS, ONLY_GIVEN, PLACES, WAYS

LONGEST_VERSION = 9
LONGEST_SKUS = 2000
GIVEN = "given"
"""Among the ways: it comes as a gift of the club alone."""
RUNG = "rung:"
"""Before the key of a tier among the choices of whom it is for."""

_FIELDS: Mapping[str, str] = {
    Fault.PERCENT: "percent",
    Fault.AMOUNT: "amount",
    Fault.GIFT: "gift",
    Fault.MULTIPLIER: "times",
    Fault.RUNG: "who",
    Fault.DATES: "ends_on",
    Fault.POINTS: "points",
    Fault.LEAST: "least_goods",
    Fault.LIMITS: "limit_all",
    Fault.BUDGET: "budget",
    Fault.DAYS: "voucher_days",
    Fault.GOODS: "products",
    Fault.PLACE: "place",
    Fault.WAY: "way",
    Fault.GIVEN: "way",
    Fault.HELD_BACK: "held_back_percent",
}
"""Beside which field the words of a fault stand."""

FIXED = (
    "kind", "percent", "amount", "times", "gift", "gift_quantity", "who", "way", "points", "place", "least_goods",
    "categories", "products", "starts_on", "voucher_days", "held_back_percent",
)  # fmt: skip
"""What stays as it is once members have seen it."""


def _line(language: str) -> TextField:
    look = {"lang": language, "autocomplete": "off"}
    return TextField(OWN_NAMES[language], longest=LONGEST_TITLE, render_kw=look)


def _lines(language: str) -> TextAreaField:
    look = {"lang": language, "autocomplete": "off", "class": "form-control"}
    return TextAreaField(OWN_NAMES[language], longest=LONGEST_WORDS, rows=2, render_kw=look)


class OfferForm(Form):
    """One offer."""

    title_en, title_es, title_ru = _line("en"), _line("es"), _line("ru")
    words_en, words_es, words_ru = _lines("en"), _lines("es"), _lines("ru")
    condition_en, condition_es, condition_ru = _lines("en"), _lines("es"), _lines("ru")
    kind = SelectField(_l("What it gives"))
    percent = WholeNumberField(_l("Percent off"), least=1, most=WHOLE)
    amount = MoneyField(_l("Amount off"), least=1, most=LARGEST_AMOUNT)
    times = MultiplierField(_l("Multiplies points by"), least=WHOLE + 1, most=HIGHEST_MULTIPLIER)
    gift = TextField(_l("SKU of the gift"), longest=64, render_kw={"autocomplete": "off", "spellcheck": "false"})
    gift_quantity = WholeNumberField(_l("Pieces"), least=1, most=MOST_GIFTS, default=1)
    who = SelectField(_l("For whom"))
    way = SelectField(_l("How members get it"))
    points = WholeNumberField(_l("Price in points"), least=1, most=MOST_OF_LIMIT)
    place = SelectField(_l("Where it is used"))
    least_goods = MoneyField(_l("From so much of goods"), most=LARGEST_AMOUNT)
    categories = TicksField(_l("Only for goods of these categories"))
    products = TextField(
        _l("Only for these products"),
        longest=LONGEST_SKUS,
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
    starts_on = DayField(_l("First day"), [Needed(_l("Enter the first day."))])
    ends_on = DayField(_l("Last day"))
    voucher_days = WholeNumberField(_l("Days to use it in"), most=MOST_DAYS)
    limit_all = WholeNumberField(_l("Uses in all"), least=1, most=MOST_OF_LIMIT)
    limit_member = WholeNumberField(_l("Uses for each member"), least=1, most=MOST_OF_LIMIT)
    budget = MoneyField(_l("Budget"), least=1, most=LARGEST_AMOUNT)
    budget_points = WholeNumberField(_l("Budget in points"), least=1, most=LARGEST_AMOUNT)
    held_back_percent = WholeNumberField(_l("Members held back, in percent"), most=MOST_HELD_BACK)
    note = TextAreaField(_l("Note for colleagues"), longest=LONGEST_NOTE, rows=2)
    key = OnceKeyField()
    version = HiddenField()
    """Which state of the offer the form was filled from."""

    def offer_choices(self, tree: Tree, rungs: Sequence[Rung], current: str | None, kept: Collection[int]) -> None:
        """The kinds, ways, tiers and categories that there are; what is gone stays while it is chosen.

        `kept`: the categories of the offer as it is stored. One that was removed must not widen it to all goods.
        """
        self.kind.choices = [SelectChoice(one.value, words) for one, words in KINDS.items()]
        self.way.choices = [SelectChoice(one.value, words) for one, words in WAYS.items()]
        self.way.choices.append(SelectChoice(GIVEN, ONLY_GIVEN))
        self.place.choices = [SelectChoice(one.value, words) for one, words in PLACES.items()]
        names = {rung.key: in_language(rung.name) for rung in rungs[1:]}
        if current is not None:
            names.setdefault(current, current)
        self.who.choices = [
            SelectChoice(Who.ALL.value, _("All members")),
            *(SelectChoice(RUNG + key, _("Tier %(tier)s and above", tier=name)) for key, name in names.items()),
            SelectChoice(Who.PICKED.value, _("Hand-picked members")),
        ]
        self.categories.choices = [
            SelectChoice(str(node.id), "\u2003" * depth + in_language(node.name)) for depth, node in tree.in_order()
        ]
        gone = [category_id for category_id in kept if category_id not in tree.nodes]
        self.categories.choices += [SelectChoice(str(one), _("A category that was removed")) for one in gone]

    @property
    def seen_version(self) -> int:
        """Which state the form was filled from; 0, which no state has, where it says nonsense."""
        text = self.version.data or ""
        return int(text) if text.isdecimal() and len(text) < LONGEST_VERSION else 0

    @property
    def skus(self) -> list[str]:
        """The products that were typed."""
        return [sku for sku in (self.products.data or "").replace(",", " ").split() if sku]

    def offer(self, gift_variant_id: int | None, products: Sequence[int]) -> Offer:
        """What was typed, as a value. What does not belong to its kind is left out."""
        only_given = self.way.data == GIVEN
        kind, chosen = Kind(self.kind.data), self.who.data
        way = Way.ACTIVATE if only_given else Way(self.way.data)
        is_rung = chosen.startswith(RUNG)
        assert self.starts_on.data is not None  # validated
        return Offer(
            kind=kind,
            title=self.texts("title"),
            words=self.texts("words"),
            condition=self.texts("condition"),
            who=Who.RUNG if is_rung else Who(chosen),
            rung_key=chosen.removeprefix(RUNG) if is_rung else None,
            way=way,
            place=Place.SHOP if kind is Kind.FREE_DELIVERY else Place(self.place.data),
            percent=self._percent(kind),
            amount=(self.amount.data or 0) if kind is Kind.AMOUNT else 0,
            gift_variant_id=gift_variant_id if kind is Kind.GIFT else None,
            gift_quantity=(self.gift_quantity.data or 1) if kind is Kind.GIFT else 1,
            points=(self.points.data or 0) if way is Way.REDEEM else 0,
            least_goods=self.least_goods.data or 0,
            products=tuple(products),
            categories=tuple(int(one) for one in self.categories.data or ()),
            starts_on=self.starts_on.data,
            ends_on=self.ends_on.data,
            voucher_days=self.voucher_days.data if way is not Way.AUTOMATIC else None,
            limit_all=self.limit_all.data,
            limit_member=self.limit_member.data,
            budget=self.budget_points.data if kind is Kind.MULTIPLIER else self.budget.data,
            note=self.note.data or "",
            only_given=only_given,
            held_back_percent=self.held_back_percent.data or 0,
        )

    def keep_to_what_may_change(self) -> None:
        """Members have seen it: what it gives, to whom and on which terms is no longer asked."""
        for name in FIXED:
            del self[name]

    def changed(self, before: Offer) -> Offer:
        """A published offer with what may still change of it."""
        return replace(
            before,
            title=self.texts("title"),
            words=self.texts("words"),
            condition=self.texts("condition"),
            ends_on=self.ends_on.data,
            limit_all=self.limit_all.data,
            limit_member=self.limit_member.data,
            budget=self.budget_points.data if before.kind is Kind.MULTIPLIER else self.budget.data,
            note=self.note.data or "",
        )

    def texts(self, name: str) -> Texts:
        """One text in every language."""
        return Texts({language: self[f"{name}_{language}"].data or "" for language in LANGUAGES})

    def show_refusal(self, refusal: Refusal) -> None:
        """Put the words of a refusal where it belongs."""
        name = None
        if isinstance(refusal, BadOffer):
            name = _FIELDS.get(refusal.fault, f"title_{LANGUAGES[0]}")
        self.refuse(refusal, self[name] if name and name in self else None)

    def _percent(self, kind: Kind) -> int:
        if kind is Kind.PERCENT:
            return self.percent.data or 0
        return (self.times.data or 0) if kind is Kind.MULTIPLIER else 0


def filled_from(offer: Offer, version: int, gift: str, skus: Sequence[str]) -> dict[str, Any]:
    """What the form shows of an offer that is there."""
    given: dict[str, Any] = {
        "kind": offer.kind.value,
        "percent": offer.percent if offer.kind is Kind.PERCENT else None,
        "amount": offer.amount or None,
        "times": offer.percent if offer.kind is Kind.MULTIPLIER else None,
        "gift": gift,
        "gift_quantity": offer.gift_quantity,
        "who": RUNG + (offer.rung_key or "") if offer.who is Who.RUNG else offer.who.value,
        "way": GIVEN if offer.only_given else offer.way.value,
        "points": offer.points or None,
        "place": offer.place.value,
        "least_goods": offer.least_goods or None,
        "categories": [str(one) for one in offer.categories],
        "products": " ".join(skus),
        "starts_on": offer.starts_on,
        "ends_on": offer.ends_on,
        "voucher_days": offer.voucher_days,
        "limit_all": offer.limit_all,
        "limit_member": offer.limit_member,
        "budget": offer.budget if offer.kind is not Kind.MULTIPLIER else None,
        "budget_points": offer.budget if offer.kind is Kind.MULTIPLIER else None,
        "held_back_percent": offer.held_back_percent or None,
        "note": offer.note,
        "version": str(version),
    }
    for language in LANGUAGES:
        for name, texts in (("title", offer.title), ("words", offer.words), ("condition", offer.condition)):
            given[f"{name}_{language}"] = texts.get(language, "")
    return given
