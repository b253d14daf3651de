"""The form of one way of delivery: its words, and a row for each of its prices."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, HiddenField, SelectField
from wtforms.fields.choices import SelectChoice

from admin.delivery.fields import tax_class_field
from club.catalogue.rules.products import TaxClass
from club.delivery.checks import HEAVIEST_GRAMS, LONGEST_NAME, LONGEST_WORDS, MOST_DAYS, MOST_PRICES, Fault, Place
from club.delivery.rules import Kind, Method, PriceRow, Zone
from club.errors import BadDelivery, Refusal
from club.texts import LANGUAGES, Texts
from web.forms import Form, MoneyField, TextAreaField, TextField, WholeNumberField
from web.languages import OWN_NAMES
from web.programme import programme

NO_ZONE = ""
MORE_ROWS = 3

KINDS: dict[Kind, Any] = {Kind.SHIP: _l("Sent by a carrier"), Kind.PICKUP: _l("Pick-up")}


class MethodForm(Form):
    """One way of delivery; its prices are added by `with_rows`."""

    kind = SelectField(_l("How it comes"), choices=[SelectChoice(kind.value, words) for kind, words in KINDS.items()])
    tax_class = tax_class_field(_l("Tax inside its price"))
    free_from = MoneyField(_l("Free from goods of"))
    days_from = WholeNumberField(_l("Working days, from"), most=MOST_DAYS)
    days_to = WholeNumberField(_l("Working days, to"), most=MOST_DAYS)
    needs_phone = BooleanField(_l("A phone number is needed"))
    is_active = BooleanField(_l("Offered in the shop"))
    version = HiddenField()

    rows = 0

    def part(self, name: str, row: int) -> Field:
        """A field of one price, counted from 1."""
        return self[f"{name}_{row}"]

    def offer(self, zones: Sequence[Zone]) -> None:
        """The zones that a price may be for."""
        choices = [SelectChoice(NO_ZONE, _("none: it is picked up"))]
        choices += [SelectChoice(str(zone.id), zone.name) for zone in zones]
        for row in range(1, self.rows + 1):
            self.part("zone", row).choices = choices

    def validate(self, extra_validators: Any = None) -> bool:
        """A name in the club's language, and a price in each row that says anything."""
        is_right = bool(super().validate(extra_validators))
        main = programme().main_language
        name = self[f"name_{main}"]
        if not name.data:
            name.errors = [*name.errors, _("Enter the name in %(language)s.", language=OWN_NAMES[main])]
            is_right = False
        for row in range(1, self.rows + 1):
            price = self.part("price", row)
            is_used = any(self.part(one, row).data for one in ("zone", "grams", "value"))
            if price.data is None and is_used and not price.errors:
                price.errors = [_("Enter the price, 0 for none.")]
                is_right = False
        return is_right

    def method(self) -> Method:
        """What was typed, as a value. Rows without a price are left out."""
        return Method(
            kind=Kind(self.kind.data),
            name=self._texts("name"),
            words=self._texts("words"),
            tax_class=TaxClass(self.tax_class.data),
            free_from=self.free_from.data,
            days_from=self.days_from.data or 0,
            days_to=self.days_to.data or self.days_from.data or 0,
            needs_phone=bool(self.needs_phone.data),
            is_active=bool(self.is_active.data),
            prices=tuple(
                PriceRow(
                    zone_id=int(self.part("zone", row).data) if self.part("zone", row).data else None,
                    price=self.part("price", row).data,
                    up_to_grams=self.part("grams", row).data,
                    up_to_value=self.part("value", row).data,
                )
                for row in range(1, self.rows + 1)
                if self.part("price", row).data is not None
            ),
        )

    def show_refusal(self, refusal: Refusal) -> None:
        """Put the words of a refusal where it belongs."""
        field: Field | None = None
        match refusal:
            case BadDelivery(place=Place.NAME):
                field = self[f"name_{programme().main_language}"]
            case BadDelivery(place=Place.DAYS):
                field = self.days_to
            case BadDelivery(place=Place.PRICES, fault=Fault.MISSING):
                field = self.part("price", 1)
            case BadDelivery(place=Place.PRICES, fault=Fault.NO_ZONE):
                field = self.part("zone", self._row_of_wrong_zone())
        self.refuse(refusal, field)

    def _row_of_wrong_zone(self) -> int:
        is_pickup = self.kind.data == Kind.PICKUP
        for row in range(1, self.rows + 1):
            if self.part("price", row).data is not None and bool(self.part("zone", row).data) == is_pickup:
                return row
        return 1

    def _texts(self, name: str) -> Texts:
        return Texts({language: self[f"{name}_{language}"].data or "" for language in LANGUAGES})


@cache
def with_rows(rows: int) -> type[MethodForm]:
    """The form with so many prices."""
    fields: dict[str, object] = {"rows": rows}
    for language in LANGUAGES:
        label, look = OWN_NAMES[language], {"lang": language, "autocomplete": "off"}
        fields[f"name_{language}"] = TextField(label, longest=LONGEST_NAME, render_kw=look)
        fields[f"words_{language}"] = TextAreaField(
            label, longest=LONGEST_WORDS, rows=2, render_kw={"lang": language, "class": "form-control"}
        )
    for row in range(1, rows + 1):
        fields[f"zone_{row}"] = SelectField(_l("Zone"), default=NO_ZONE)
        fields[f"grams_{row}"] = WholeNumberField(_l("Up to weight, in grams"), least=1, most=HEAVIEST_GRAMS)
        fields[f"value_{row}"] = MoneyField(_l("Up to goods of"), least=1)
        fields[f"price_{row}"] = MoneyField(_l("Price"))
    return type("MethodFormWithRows", (MethodForm,), fields)


def rows_sent(names: Sequence[str]) -> int:
    """How many prices the form had that was sent."""
    numbers = [name.removeprefix("price_") for name in names if name.startswith("price_")]
    return min(max((int(one) for one in numbers if one.isdecimal() and len(one) < 4), default=0), MOST_PRICES)


def given(method: Method) -> dict[str, Any]:
    """What the form is filled with."""
    values: dict[str, Any] = {
        "kind": method.kind.value,
        "tax_class": method.tax_class.value,
        "free_from": method.free_from,
        "days_from": method.days_from,
        "days_to": method.days_to,
        "needs_phone": method.needs_phone,
        "is_active": method.is_active,
        "version": str(method.version),
    }
    for name, texts in (("name", method.name), ("words", method.words)):
        values |= {f"{name}_{language}": texts.get(language, "") for language in LANGUAGES}
    for number, row in enumerate(method.prices, start=1):
        values |= {
            f"zone_{number}": str(row.zone_id or NO_ZONE),
            f"grams_{number}": row.up_to_grams,
            f"value_{number}": row.up_to_value,
            f"price_{number}": row.price,
        }
    return values
