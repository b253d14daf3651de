"""Fields and words that the pages about delivery share."""

from typing import Any

from babel.units import format_unit
from flask_babel import gettext as _
from wtforms import SelectField, SelectMultipleField, widgets
from wtforms.fields.choices import SelectChoice

from admin.products.words import TAX_CLASSES
from club.delivery.checks import beginnings_in
from club.delivery.rules import EU_MEMBERS
from web.delivery_words import all_countries, country_name
from web.formats import listed_together
from web.forms import MultiplierField, TextField
from web.languages import locale
from web.typed import NotANumber, amount_typed

LONGEST_VERSION = 9
MOST_NAMED = 4
"""So many countries are listed by name before the others are only counted."""


class RateField(MultiplierField):
    """A rate of tax: 21 or 5.5 is typed, hundredths of a percent are kept."""

    def _read(self, typed: str) -> int:
        try:
            return amount_typed(typed.replace("%", "").strip(), "", locale())
        except NotANumber:
            raise ValueError(_("Enter a rate, as in %(example)s.", example=self._edited(550))) from None


class BeginningsField(TextField):
    """Beginnings of postcodes, between commas."""

    def beginnings(self) -> tuple[str, ...]:
        """What was typed, as it is compared."""
        return beginnings_in(self.data or "")


class CountriesField(SelectMultipleField):
    """Several countries, each a box to tick; those of the European Union first."""

    option_widget = widgets.CheckboxInput()

    def __init__(self, label: Any, **kwargs: Any) -> None:
        super().__init__(label, choices=_country_choices, **kwargs)

    def groups(self) -> list[tuple[str, bool, list[Any]]]:
        """Heading, whether it stands open, and the boxes."""
        options = list(self)
        near = [option for option in options if option.data in EU_MEMBERS]
        far = [option for option in options if option.data not in EU_MEMBERS]
        chosen = set(self.data or ()) - EU_MEMBERS
        return [(_("European Union"), True, near), (_("Other countries"), bool(chosen), far)]


def country_field(label: Any) -> SelectField:
    """One country."""
    return SelectField(label, choices=_country_choices)


def tax_class_field(label: Any) -> SelectField:
    """One of the classes of goods."""
    return SelectField(label, choices=[SelectChoice(one.value, words) for one, words in TAX_CLASSES.items()])


def seen_version(text: str | None) -> int:
    """Which state a form was filled from; 0 where it says nonsense."""
    typed = text or ""
    return int(typed) if typed.isdecimal() and len(typed) < LONGEST_VERSION else 0


def countries_named(codes: tuple[str, ...]) -> str:
    """A few countries by name, more of them counted."""
    named = sorted(country_name(code) for code in codes)
    if len(named) <= MOST_NAMED + 1:
        return listed_together(named)
    more = _("%(count)s more", count=len(named) - MOST_NAMED)
    return listed_together([*named[:MOST_NAMED], more])


def weight(grams: int) -> str:
    """10 kg, 750 g."""
    return str(
        format_unit(grams / 1000, "mass-kilogram", "short", locale=locale())
        if grams >= 1000
        else format_unit(grams, "mass-gram", "short", locale=locale())
    )


def _country_choices() -> list[SelectChoice]:
    return [SelectChoice(code, name) for code, name in all_countries()]
