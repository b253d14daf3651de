"""Tax rates: what is inside prices, by country, part of it, class of goods and day."""

from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from admin import admin
from admin.delivery.fields import BeginningsField, RateField, country_field, tax_class_field
from admin.products.words import TAX_CLASSES
from club.catalogue.rules.products import TaxClass
from club.delivery.checks import LONGEST_OF_RATE, WHOLE_RATE, Place
from club.delivery.countries import countries_to_receive
from club.delivery.rules import Rate
from club.delivery.service import add_rate, remove_rate
from club.delivery.taxes import rates, rates_for
from club.errors import BadDelivery, RateTaken, Refusal
from club.permissions import Permission
from web.access import staff_only
from web.database import db
from web.delivery_words import country_name, tax_rate
from web.formats import listed_together
from web.forms import DayField, Form, Needed
from web.programme import programme, today
from web.visitors import staff


class RateForm(Form):
    """One more rate."""

    country = country_field(_l("Country"))
    postcodes = BeginningsField(
        _l("Only postcodes that begin with"), longest=LONGEST_OF_RATE, render_kw={"autocomplete": "off"}
    )
    tax_class = tax_class_field(_l("Class of goods"))
    rate = RateField(_l("Rate in percent"), [Needed(_l("Enter the rate, 0 for none."))], most=WHOLE_RATE)
    from_on = DayField(_l("Counts from"), [Needed(_l("Enter the first day."))])

    def value(self) -> Rate:
        """What was typed, as a value."""
        assert self.rate.data is not None and self.from_on.data is not None  # validated
        return Rate(
            country=self.country.data,
            postcodes=self.postcodes.beginnings(),
            tax_class=TaxClass(self.tax_class.data),
            rate=self.rate.data,
            from_on=self.from_on.data,
        )

    def show_refusal(self, refusal: Refusal) -> None:
        """Put the words of a refusal where it belongs."""
        field: Any = None
        if isinstance(refusal, BadDelivery):
            field = {Place.POSTCODES: self.postcodes, Place.RATE: self.rate}.get(Place(refusal.place), self.country)
        elif isinstance(refusal, RateTaken):
            field = self.from_on
        self.refuse(refusal, field)


@admin.route("/shop/taxes", methods=["GET", "POST"])
@staff_only(Permission.EDIT_SHOP)
def delivery_taxes() -> ResponseReturnValue:
    """All rates by country, one more, and the countries that goods go to without any."""
    form = RateForm(country=programme().country, from_on=today())
    if form.validate_on_submit():
        who = staff()
        assert who.role is not None  # the door let nobody else in
        try:
            add_rate(db(), form.value(), who.account_id, who.role, datetime.now(UTC))
        except Refusal as refusal:
            form.show_refusal(refusal)
        else:
            flash(_("The rate is written down."), "success")
            return redirect(url_for("admin.delivery_taxes"), 303)
    return _page(form), 422 if form.mistakes() else 200


@admin.post("/shop/taxes/<int:rate_id>/remove")
@staff_only(Permission.EDIT_SHOP)
def delivery_taxes_remove(rate_id: int) -> ResponseReturnValue:
    """Take a rate out; orders that were placed keep theirs."""
    who = staff()
    assert who.role is not None  # the door let nobody else in
    remove_rate(db(), rate_id, who.account_id, who.role, datetime.now(UTC))
    flash(_("The rate is removed. Orders keep the tax with which they were placed."), "success")
    return redirect(url_for("admin.delivery_taxes"), 303)


def _page(form: RateForm) -> str:
    known = rates(db())
    by_country = [(country_name(code), _in_order(same)) for code, same in groupby(known, key=lambda one: one.country)]
    return render_template(
        "admin/delivery_taxes.html",
        form=form,
        by_country=sorted(by_country, key=lambda one: one[0]),
        classes=TAX_CLASSES,
        tax_rate=tax_rate,
        day=today(),
        counting=_counting(known),
        without=_without_rates(),
    )


def _in_order(same: Iterable[Rate]) -> list[Rate]:
    """The whole country before its parts, the standard rate before reduced ones, the newest first."""
    classes = list(TaxClass)
    newest_first = sorted(same, key=lambda one: one.from_on, reverse=True)
    return sorted(newest_first, key=lambda one: (one.postcodes, classes.index(one.tax_class)))


def _counting(known: tuple[Rate, ...]) -> set[int]:
    """Of each country, part and class the rate that counts today: the newest that has begun."""
    newest: dict[tuple[str, tuple[str, ...], TaxClass], Rate] = {}
    for one in reversed(known):
        if one.from_on <= today():
            newest[one.country, one.postcodes, one.tax_class] = one
    return {one.id for one in newest.values()}


def _without_rates() -> str:
    """Where parcels go and no tax would be inside their prices."""
    return listed_together(
        [
            country_name(country)
            for country in countries_to_receive(db())
            if not any(rates_for(db(), country, "", today()).values())
        ]
    )
