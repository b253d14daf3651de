"""What holds for people and parcels of a country."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField

from admin import admin
from admin.delivery.fields import country_field, seen_version
from club.countries import is_country
from club.delivery.checks import OLDEST
from club.delivery.countries import rule_for, written_rules
from club.delivery.rules import Rule
from club.delivery.service import remove_rule, save_rule
from club.errors import ChangedMeanwhile, Refusal
from club.permissions import Permission
from web.access import staff_only
from web.database import db
from web.delivery_words import country_name
from web.forms import Form, MoneyField, WholeNumberField
from web.programme import programme
from web.visitors import staff


class ChooseForm(Form):
    """Which country to write something down for."""

    class Meta(Form.Meta):
        csrf = False

    code = country_field(_l("Another country"))


class RuleForm(Form):
    """What holds in one country."""

    may_join = BooleanField(_l("People who live there may join"))
    may_buy = BooleanField(_l("People who live there may buy"))
    may_receive = BooleanField(_l("Parcels may go there"))
    may_spend_points = BooleanField(_l("Points may pay there"))
    min_age = WholeNumberField(_l("Least age for goods that ask for one"), least=1, most=OLDEST)
    most_value = MoneyField(_l("Highest value of a parcel"), least=1)
    needs_phone = BooleanField(_l("The carrier asks for a phone number"))
    version = HiddenField()

    def rule(self, before: Rule) -> Rule:
        """What was typed, as a value."""
        return replace(
            before,
            may_join=bool(self.may_join.data),
            may_buy=bool(self.may_buy.data),
            may_receive=bool(self.may_receive.data),
            may_spend_points=bool(self.may_spend_points.data),
            min_age=self.min_age.data,
            most_value=self.most_value.data,
            needs_phone=bool(self.needs_phone.data),
        )


@admin.get("/shop/countries")
@staff_only(Permission.EDIT_SHOP)
def delivery_countries() -> ResponseReturnValue:
    """The own country and those that something was written down for."""
    own = programme().country
    code = request.args.get("code", "").upper()
    if is_country(code):
        return redirect(url_for("admin.delivery_countries_edit", code=code), 303)
    others = sorted(set(written_rules(db())) - {own}, key=country_name)
    return render_template(
        "admin/delivery_countries.html",
        rules=[rule_for(db(), country) for country in (own, *others)],
        own=own,
        choose=ChooseForm(formdata=None),
        country_name=country_name,
    )


@admin.route("/shop/countries/<code>", methods=["GET", "POST"])
@staff_only(Permission.EDIT_SHOP)
def delivery_countries_edit(code: str) -> ResponseReturnValue:
    """What holds in one country."""
    if not is_country(code):
        abort(404)
    rule = rule_for(db(), code)
    form = RuleForm(**_given(rule))
    if form.validate_on_submit():
        who, now = staff(), datetime.now(UTC)
        assert who.role is not None  # the door let nobody else in
        try:
            save_rule(db(), form.rule(rule), seen_version(form.version.data), who.account_id, who.role, now)
        except ChangedMeanwhile as refusal:
            form.refuse(refusal)
            form.version.data = str(rule_for(db(), code).version)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            flash(_("Saved."), "success")
            return redirect(url_for("admin.delivery_countries"), 303)
    page = render_template(
        "admin/delivery_countries_edit.html", form=form, rule=rule, name=country_name(code), own=programme().country
    )
    return page, 422 if form.mistakes() else 200


@admin.post("/shop/countries/<code>/remove")
@staff_only(Permission.EDIT_SHOP)
def delivery_countries_remove(code: str) -> ResponseReturnValue:
    """Take out what was written down."""
    if not is_country(code):
        abort(404)
    who = staff()
    assert who.role is not None  # the door let nobody else in
    remove_rule(db(), code, who.account_id, who.role, datetime.now(UTC))
    flash(_("The rule of this country is taken out."), "success")
    return redirect(url_for("admin.delivery_countries"), 303)


def _given(rule: Rule) -> dict[str, Any]:
    names = ("may_join", "may_buy", "may_receive", "may_spend_points", "min_age", "most_value", "needs_phone")
    return {name: getattr(rule, name) for name in names} | {"version": str(rule.version)}
