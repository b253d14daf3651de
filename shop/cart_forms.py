"""The forms of the cart."""

import re
from typing import Self

from flask_babel import lazy_gettext as _l
from wtforms import Field

from club.carts.rules import MOST_LINES, MOST_PIECES
from club.money import LARGEST_AMOUNT
from club.points.rules import MOST_POINTS
from web.database import LARGEST_ID
from web.forms import Form, Needed, TextField, WholeNumberField

LONGEST_CODE = 40
_SEEN = re.compile(r"([0-9]{1,19}):([0-9]{1,3}):([0-9]{1,13})")


class ButtonForm(Form):
    """Only the form key."""


class AddForm(Form):
    """So many more of one thing; nothing typed: one."""

    quantity = WholeNumberField(_l("Quantity"), least=1, most=MOST_PIECES)


class LineForm(Form):
    """How many of one line."""

    quantity = WholeNumberField(_l("Quantity"), [Needed(_l("Enter how many."))], most=MOST_PIECES)
    variant_id: int

    @classmethod
    def of(cls, variant_id: int, quantity: int | None = None) -> Self:
        """The form of one line, as it was sent or with the quantity that is there; its field has an id of its own."""
        form = cls() if quantity is None else cls(formdata=None, quantity=quantity)
        form.variant_id = variant_id
        _name_field(form.quantity, f"quantity-{variant_id}")
        return form


class PointsForm(Form):
    """How many points to pay with."""

    points = WholeNumberField(_l("Another number of points"), [Needed(_l("Enter how many points."))], most=MOST_POINTS)


class CodeForm(Form):
    """The code of a voucher."""

    code = TextField(
        _l("Code"),
        [Needed(_l("Enter the code of the voucher."))],
        longest=LONGEST_CODE,
        render_kw={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"},
    )


def seen_in(text: str) -> dict[int, tuple[int, int]]:
    """What a page said it showed: quantity and unit price by variant; whatever is not that is left out."""
    found: dict[int, tuple[int, int]] = {}
    for part in text.split(",")[: 2 * MOST_LINES]:
        match = _SEEN.fullmatch(part)
        if match:
            variant_id, quantity, price = (int(group) for group in match.groups())
            if variant_id <= LARGEST_ID and price <= LARGEST_AMOUNT:
                found[variant_id] = (quantity, price)
    return found


def _name_field(field: Field, name: str) -> None:
    field.id = name
    field.label.field_id = name
