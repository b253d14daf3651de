"""Where a member's goods go: filled in once, so that the checkout asks for nothing."""

from dataclasses import asdict, replace
from datetime import UTC, datetime

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice

from club.delivery.addresses import save_own, saved_of
from club.delivery.countries import countries_to_receive
from club.delivery.rules import Saved
from club.members.models import the_member
from club.profile.service import reward_if_whole
from portal import portal
from web.access import members_only
from web.database import db
from web.delivery_words import country_name
from web.formats import points
from web.forms import Form, Needed, TextField
from web.programme import programme
from web.visitors import member_id


def _line(words: str, fills: str, longest: int, needed: str = "") -> TextField:
    """A line of an address that browsers know how to fill."""
    validators = [Needed(needed)] if needed else []
    return TextField(words, validators, longest=longest, render_kw={"autocomplete": fills})


class AddressForm(Form):
    """An address as parcels carry it."""

    full_name = _line(_l("Name"), "name", 200, _l("Enter the name."))
    company = _line(_l("Company"), "organization", 200)
    address = _line(_l("Street and number"), "address-line1", 200, _l("Enter street and number."))
    address_more = _line(_l("Floor, door, how to find it"), "address-line2", 200)
    postcode = _line(_l("Postcode"), "postal-code", 20, _l("Enter the postcode."))
    city = _line(_l("Town"), "address-level2", 100, _l("Enter the town."))
    country = SelectField(_l("Country"), render_kw={"autocomplete": "country"})
    phone = TextField(_l("Phone"), longest=40, render_kw={"type": "tel", "inputmode": "tel", "autocomplete": "tel"})
    tax_number = TextField(_l("Tax number"), longest=40, render_kw={"autocomplete": "off"})

    def offer(self, kept: str | None) -> None:
        """Countries that parcels go to, and the one that stands there already."""
        codes = countries_to_receive(db()) or [programme().country]
        if kept and kept not in codes:
            codes.append(kept)
        self.country.choices = [SelectChoice(code, country_name(code)) for code in codes]

    def saved(self, before: Saved) -> Saved:
        """What was typed, as a value; the way of delivery that was chosen last stays."""
        return replace(
            before,
            full_name=self.full_name.data or "",
            company=self.company.data or "",
            address=self.address.data or "",
            address_more=self.address_more.data or "",
            postcode=self.postcode.data or "",
            city=self.city.data or "",
            country=self.country.data,
            phone=self.phone.data or "",
            tax_number=self.tax_number.data or "",
        )


@portal.route("/me/address", methods=["GET", "POST"])
@members_only
def address() -> ResponseReturnValue:
    """The one address that is kept."""
    who = member_id()
    saved = saved_of(db(), who)
    form = AddressForm(data=asdict(saved or _first(who)))
    form.offer(saved.country if saved else None)
    if form.validate_on_submit():
        save_own(db(), who, form.saved(saved or _first(who)))
        gained = reward_if_whole(db(), who, datetime.now(UTC))
        if gained:
            flash(_("Your profile is whole: %(points)s for it.", points=points(gained)), "success")
        flash(_("Saved. The next order goes there unless you say otherwise."), "success")
        return redirect(url_for("portal.address"), 303)
    page = render_template("portal/address.html", form=form, is_first=saved is None)
    return page, 422 if form.errors else 200


def _first(who: int) -> Saved:
    """What is known of them before they have filled in anything."""
    member = the_member(db(), who)
    return Saved(full_name=member.full_name, country=programme().country, phone=member.phone or "")
