"""The form of the checkout: what somebody types or chooses. Prices and totals are never read from it."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, RadioField, SelectField

from club.delivery.rules import Saved
from club.money import LARGEST_AMOUNT
from club.orders.rules import LONGEST_NOTE, Contact, Delivery, PayBy
from web.database import LARGEST_ID
from web.forms import EmailField, Form, Needed, TextAreaField, TextField

PLACE = "place"
SHOW = "show"
"""Works out delivery anew."""
TAKE = "take"
"""Goes on with what can be had, where that is less than what lies in the cart."""
LIVE = "live"
"""The same, asked by the page itself while somebody types."""


def _whole(text: Any) -> int:
    """A whole number that was sent; -1 for anything else."""
    digits = str(text or "")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 19 else -1


def _auto(purpose: str, **more: str) -> dict[str, str]:
    return {"autocomplete": purpose, **more}


class CheckoutForm(Form):
    """Who, where to, how, and how it is paid."""

    email = EmailField(_l("E-mail"), [Needed(_l("Enter your e-mail address: the confirmation goes there."))])
    full_name = TextField(_l("Full name"), [Needed(_l("Enter the name of whoever gets it."))], render_kw=_auto("name"))
    country = SelectField(_l("Country"), choices=[], render_kw=_auto("country"))
    address = TextField(_l("Street and number"), render_kw=_auto("address-line1"))
    address_more = TextField(_l("Flat, floor, entrance"), render_kw=_auto("address-line2"))
    postcode = TextField(_l("Postcode"), longest=20, render_kw=_auto("postal-code", spellcheck="false"))
    city = TextField(_l("Town or city"), longest=100, render_kw=_auto("address-level2"))
    phone = TextField(_l("Phone"), longest=40, render_kw=_auto("tel", type="tel", inputmode="tel"))
    company = TextField(_l("Company"), render_kw=_auto("organization"))
    tax_number = TextField(_l("Tax number"), longest=40, render_kw=_auto("off", spellcheck="false"))
    method = RadioField(_l("How to get it"), choices=[], validate_choice=False, coerce=_whole)
    pay_by = RadioField(_l("How to pay"), choices=[], validate_choice=False)
    note = TextAreaField(_l("A note for whoever packs it"), longest=LONGEST_NOTE, rows=2)
    saves_address = BooleanField(_l("Keep this address for the next order"), default=True)
    age = BooleanField(_l("I am old enough"))
    terms = BooleanField(_l("I accept the terms"))
    cart = HiddenField(filters=[_whole])
    expected = HiddenField(filters=[_whole])
    terms_version = HiddenField(filters=[_whole])

    @property
    def cart_id(self) -> int | None:
        """Which cart the page showed."""
        return self.cart.data if 0 < self.cart.data <= LARGEST_ID else None

    @property
    def method_id(self) -> int | None:
        """The way that was chosen, whether or not it is open."""
        chosen = self.method.data
        return chosen if chosen is not None and 0 < chosen <= LARGEST_ID else None

    @property
    def expected_total(self) -> int:
        """The total that the page showed; only ever compared."""
        return self.expected.data if self.expected.data <= LARGEST_AMOUNT else -1

    @property
    def pays_by(self) -> PayBy | None:
        """The way to pay that was chosen."""
        return PayBy(self.pay_by.data) if self.pay_by.data in set(PayBy) else None

    def contact(self, email: str, delivery: Delivery) -> Contact:
        """Who orders; where to, when it is sent."""
        where = {} if delivery is Delivery.PICKUP else {
            "address": self.address.data, "postcode": self.postcode.data, "city": self.city.data,
            "address_more": self.address_more.data,
        }  # fmt: skip
        return Contact(
            email=email,
            full_name=self.full_name.data or "",
            country=self.country.data,
            phone=self.phone.data or "",
            company=self.company.data or "",
            tax_number=self.tax_number.data or "",
            **{name: value or "" for name, value in where.items()},
        )

    def fill_in(self, saved: Saved) -> None:
        """What a member saved, where nothing was sent."""
        for name in ("full_name", "country", "address", "address_more", "postcode", "city", "phone", "company"):
            self[name].data = getattr(saved, name)
        self.tax_number.data = saved.tax_number
        self.method.data = saved.method_id
