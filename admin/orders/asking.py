"""What the address of the list asks for: its filters as a form, as a value and as words."""

from dataclasses import replace
from enum import StrEnum
from typing import Any, TypeVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice

from admin.orders.words import DELIVERIES, PAY_BY, STATES
from club.orders.listing import Sort, View, Wanted
from club.orders.rules import Delivery, PayBy, State
from club.payments.listing import orders_in_trouble
from club.permissions import Permission
from web import lists
from web.forms import Form, TextField
from web.lists import Asked
from web.navigation import may_do

Kind = TypeVar("Kind", bound=StrEnum)

FILTERS = ("view", "q", "delivery", "pay_by", "state", "long")
USUAL_ORDER = "-placed"


class FilterForm(Form):
    """What narrows the list."""

    class Meta:
        """A question that changes nothing needs no key."""

        csrf = False

    q = TextField(_l("Number, name, e-mail or SKU"), render_kw={"autocomplete": "off"})
    delivery = SelectField(_l("Delivery"))
    pay_by = SelectField(_l("Payment"))
    state = SelectField(_l("State"))


def asked() -> Asked:
    """The list that this request asks for, whatever page of it is open."""
    this = lists.asked(FILTERS, [sort.value for sort in Sort], USUAL_ORDER)
    return replace(this, endpoint="admin.orders", parts={})


def view_of(this: Asked) -> View:
    """Which tab is open; words are looked for in all orders."""
    usual = View.ALL if this.filters.get("q") else View.TO_PACK
    return _one_of(this.filters.get("view"), View) or usual


def wanted(this: Asked) -> Wanted:
    """The filters as a value; what cannot be read narrows nothing."""
    return Wanted(
        view=view_of(this),
        words=this.filters.get("q", ""),
        by_contact=may_do(Permission.SEE_CONTACT),
        delivery=_one_of(this.filters.get("delivery"), Delivery),
        pay_by=_one_of(this.filters.get("pay_by"), PayBy),
        state=_one_of(this.filters.get("state"), State),
        waits_long="long" in this.filters,
        in_trouble=orders_in_trouble(),
    )


def filter_form(this: Asked) -> FilterForm:
    """The form with what is chosen now."""
    form = FilterForm(None, data=dict(this.filters))
    form.delivery.choices = _any(DELIVERIES)
    form.pay_by.choices = _any(PAY_BY)
    form.state.choices = _any(STATES)
    return form


def applied(this: Asked) -> list[tuple[str, str]]:
    """Every filter that is on, in words; the tab says itself which one it is."""
    chosen = wanted(this)
    words: dict[str, Any] = {
        "q": f"«{chosen.words}»" if chosen.words else None,
        "delivery": DELIVERIES[chosen.delivery] if chosen.delivery else None,
        "pay_by": PAY_BY[chosen.pay_by] if chosen.pay_by else None,
        "state": STATES[chosen.state] if chosen.state else None,
        "long": _("Waits for over 7 days") if chosen.waits_long else None,
    }
    return [(name, str(said)) for name, said in words.items() if said is not None]


def _any(words: Any) -> list[SelectChoice]:
    return [SelectChoice("", _("Any")), *(SelectChoice(str(key), said) for key, said in words.items())]


def _one_of(text: str | None, kind: type[Kind]) -> Kind | None:
    return kind(text) if text in tuple(kind) else None
