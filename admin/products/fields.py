"""Fields that only products have."""

import re
from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from wtforms import SelectMultipleField
from wtforms.widgets import CheckboxInput, ListWidget

from web.forms import WholeNumberField, Words
from web.languages import locale

_THOUSANDTHS = re.compile(r"([0-9]{1,9})(?:[.,]([0-9]{1,3}))?")


class ThousandthsField(WholeNumberField):
    """A number with up to three decimals, in thousandths: 0.75 is typed, 750 is kept. Nothing groups its digits."""

    keyboard = {"inputmode": "decimal"}  # noqa: RUF012 - read only

    def _read(self, typed: str) -> int:
        found = _THOUSANDTHS.fullmatch(typed)
        if found is None:
            raise ValueError(_("Enter a number with at most three decimals, as in %(example)s.", example=shown(750)))
        return int(found[1]) * 1000 + int((found[2] or "").ljust(3, "0"))

    def _show(self, value: int) -> str:
        return shown(value)

    def _edited(self, value: int) -> str:
        return shown(value)


class TicksField(SelectMultipleField):
    """Several of a list, each with a box."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def __init__(self, label: Words, validators: Sequence[Any] = (), **kwargs: Any) -> None:
        super().__init__(label, list(validators), **kwargs)


def shown(thousandths: int) -> str:
    """0,75 as it is typed in the reader's language."""
    whole, part = divmod(thousandths, 1000)
    sign = locale().number_symbols["latn"]["decimal"]
    return f"{whole}{sign}{part:03}".rstrip("0").removesuffix(sign) if part else str(whole)
