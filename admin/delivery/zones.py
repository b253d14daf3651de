"""Zones: the places that cost the same."""

from datetime import UTC, datetime
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField

from admin import admin
from admin.delivery.fields import BeginningsField, CountriesField, countries_named, seen_version
from club.delivery.checks import LONGEST_ZONE_NAME, Place
from club.delivery.quoting import ways
from club.delivery.rules import Zone
from club.delivery.service import add_zone, change_zone, remove_zone
from club.errors import BadDelivery, ChangedMeanwhile, Refusal
from club.permissions import Permission
from web.access import staff_only
from web.database import db
from web.forms import Form, Needed, TextField
from web.messages import words_for
from web.security import may_repeat
from web.visitors import staff

LONGEST_LIST = 1000


class ZoneForm(Form):
    """One zone."""

    name = TextField(
        _l("Name of the zone"),
        [Needed(_l("Enter a name."))],
        longest=LONGEST_ZONE_NAME,
        render_kw={"autocomplete": "off"},
    )
    countries = CountriesField(_l("Countries"))
    postcodes = BeginningsField(
        _l("Only postcodes that begin with"), longest=LONGEST_LIST, render_kw={"autocomplete": "off"}
    )
    not_postcodes = BeginningsField(
        _l("Not postcodes that begin with"), longest=LONGEST_LIST, render_kw={"autocomplete": "off"}
    )
    version = HiddenField()

    def zone(self) -> Zone:
        """What was typed, as a value."""
        return Zone(
            name=self.name.data or "",
            countries=tuple(sorted(self.countries.data or ())),
            postcodes=self.postcodes.beginnings(),
            not_postcodes=self.not_postcodes.beginnings(),
        )

    def validate(self, extra_validators: Any = None) -> bool:
        """One country at least."""
        is_right = super().validate(extra_validators)
        if not self.countries.data:
            self.countries.errors = [*self.countries.errors, _("Choose at least one country.")]
            return False
        return is_right

    def show_refusal(self, refusal: Refusal) -> None:
        """Put the words of a refusal where it belongs."""
        fields = {place: self[place] for place in (Place.NAME, Place.COUNTRIES, Place.POSTCODES, Place.NOT_POSTCODES)}
        self.refuse(refusal, fields.get(Place(refusal.place)) if isinstance(refusal, BadDelivery) else None)


@admin.get("/shop/zones")
@staff_only(Permission.EDIT_SHOP)
def delivery_zones() -> ResponseReturnValue:
    """All zones, and which of them nothing has a price for."""
    return render_template("admin/delivery_zones.html", ways=ways(db()), countries_named=countries_named)


@admin.route("/shop/zones/new", methods=["GET", "POST"])
@staff_only(Permission.EDIT_SHOP)
@may_repeat("countries")
def delivery_zones_new() -> ResponseReturnValue:
    """One more zone."""
    form = ZoneForm()
    if form.validate_on_submit():
        who = staff()
        assert who.role is not None  # the door let nobody else in
        try:
            add_zone(db(), form.zone(), who.account_id, who.role, datetime.now(UTC))
        except Refusal as refusal:
            form.show_refusal(refusal)
        else:
            flash(_("The zone is made. Give it a price in a way of delivery."), "success")
            return redirect(url_for("admin.delivery_zones"), 303)
    return _page(form, None), 422 if form.mistakes() else 200


@admin.route("/shop/zones/<int:zone_id>", methods=["GET", "POST"])
@staff_only(Permission.EDIT_SHOP)
@may_repeat("countries")
def delivery_zones_edit(zone_id: int) -> ResponseReturnValue:
    """Change a zone; prices into it hold for the changed one."""
    zone = ways(db()).zone(zone_id)
    form = ZoneForm(**_given(zone))
    if form.validate_on_submit():
        who, now = staff(), datetime.now(UTC)
        assert who.role is not None  # the door let nobody else in
        try:
            change_zone(db(), zone_id, form.zone(), seen_version(form.version.data), who.account_id, who.role, now)
        except ChangedMeanwhile as refusal:
            form.refuse(refusal)
            form.version.data = str(ways(db()).zone(zone_id).version)
        except Refusal as refusal:
            form.show_refusal(refusal)
        else:
            flash(_("Saved."), "success")
            return redirect(url_for("admin.delivery_zones"), 303)
    return _page(form, zone), 422 if form.mistakes() else 200


@admin.post("/shop/zones/<int:zone_id>/remove")
@staff_only(Permission.EDIT_SHOP)
def delivery_zones_remove(zone_id: int) -> ResponseReturnValue:
    """Take one out that nothing has a price for."""
    who = staff()
    assert who.role is not None  # the door let nobody else in
    ways(db()).zone(zone_id)
    try:
        remove_zone(db(), zone_id, who.account_id, who.role, datetime.now(UTC))
    except Refusal as refusal:
        flash(words_for(refusal), "danger")
    else:
        flash(_("The zone is removed."), "success")
    return redirect(url_for("admin.delivery_zones"), 303)


def _given(zone: Zone) -> dict[str, Any]:
    return {
        "name": zone.name,
        "countries": list(zone.countries),
        "postcodes": ", ".join(zone.postcodes),
        "not_postcodes": ", ".join(zone.not_postcodes),
        "version": str(zone.version),
    }


def _page(form: ZoneForm, zone: Zone | None) -> str:
    is_used = zone is not None and ways(db()).is_priced(zone.id)
    return render_template("admin/delivery_zones_edit.html", form=form, zone=zone, is_used=is_used)
