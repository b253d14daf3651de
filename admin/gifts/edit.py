"""Writing a rule of gifts: the form, beside it how many would have had it and what that costs."""

from dataclasses import dataclass
from datetime import UTC, datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import NotFound

from admin import admin
from admin.gifts.form import GiftForm, filled_from
from club.accrual.models import rules_on
from club.benefits.models import standing_benefits
from club.errors import BadGiftRule, Refusal
from club.gifts.models import RuleView, the_rule
from club.gifts.preview import Preview, preview_of
from club.gifts.rules import Kind, Option, Rule, What
from club.gifts.service import add_rule, change_rule
from club.insight.offer_cost import Prices, basis_of, cost_of_one, mean_delivery
from club.offers.models import OfferView, published_offers, the_offer
from club.permissions import Permission
from club.tiers.models import ladder_on
from web import gift_words as words
from web.access import staff_only
from web.database import db
from web.forms import once
from web.programme import programme, today
from web.visitors import staff

SHOW, LIVE = "show", "live"


@dataclass(frozen=True)
class Costing:
    """What one thing that is given costs if everybody gets that. Minor units; None: not known."""

    option: Option
    points: int
    cost: int | None


@dataclass(frozen=True)
class Effect:
    """What a rule as it is typed would have done."""

    rule: Rule
    preview: Preview
    costs: list[Costing]


@admin.route("/gifts/new/<kind>", methods=["GET", "POST"])
@staff_only(Permission.MANAGE_OFFERS)
def gifts_new(kind: str) -> ResponseReturnValue:
    """One more rule."""
    if kind not in set(Kind):
        raise NotFound
    return _edited(Kind(kind), None)


@admin.route("/gifts/<int:rule_id>/edit", methods=["GET", "POST"])
@staff_only(Permission.MANAGE_OFFERS)
def gifts_edit(rule_id: int) -> ResponseReturnValue:
    """Put another rule in the place of this one."""
    view = the_rule(db(), rule_id)
    return _edited(view.rule.kind, view)


def _edited(kind: Kind, view: RuleView | None) -> ResponseReturnValue:
    form = _form_of(kind, view)
    if not form.is_submitted():
        return _page(form, kind, view, _effect(view.rule) if view else None)
    pressed = request.form.get("do", "save")
    rule = _typed(form, kind)
    if rule is None:
        return _page(form, kind, view, None), 200 if pressed == LIVE else 422
    if pressed in {SHOW, LIVE}:
        return _page(form, kind, view, _effect(rule))
    who, now = staff(), datetime.now(UTC)
    try:
        if view is None:
            content = once(f"{form.key.data}:{rule!r}", who.account_id)
            add_rule(db(), rule, who.account_id, who.role, now, content=content)
        else:
            change_rule(db(), view.id, rule, who.account_id, who.role, now)
    except Refusal as refusal:
        form.show_refusal(refusal)
        return _page(form, kind, view, _effect(rule)), 422
    flash(_("Saved. The next night gives by it."), "success")
    return redirect(url_for("admin.gifts"), 303)


def _form_of(kind: Kind, view: RuleView | None) -> GiftForm:
    given = {"starts_on": today(), "what_1": What.POINTS.value} if view is None else filled_from(view.rule)
    form = GiftForm(**given)
    form.keep_to(kind)
    if view is not None:
        del form.key  # what is there already is told by its id
    form.fill_choices(kind, ladder_on(db(), today()).ladder.rungs, _offers(view), standing_benefits(db()))
    return form


def _offers(view: RuleView | None) -> list[OfferView]:
    """Those that come as a gift alone and run, and those that the rule has already."""
    found = {
        one.id: one
        for one in published_offers(db()).values()
        if one.offer.only_given and (one.offer.ends_on is None or one.offer.ends_on >= today())
    }
    for option in view.rule.options if view else ():
        if option.offer_id is not None and option.offer_id not in found:
            found[option.offer_id] = the_offer(db(), option.offer_id)
    return list(found.values())


def _typed(form: GiftForm, kind: Kind) -> Rule | None:
    """What was typed, or None with the complaints at their fields."""
    if not form.validate():
        return None
    rule = form.rule(kind)
    try:
        rule.check()
    except BadGiftRule as refusal:
        form.show_refusal(refusal)
        return None
    return rule


def _effect(rule: Rule) -> Effect:
    preview = preview_of(db(), rule, today())
    return Effect(rule, preview, [_costing(option, preview.gifts) for option in rule.options])


def _costing(option: Option, gifts: int) -> Costing:
    match option.what:
        case What.POINTS:
            many = option.points * gifts
            return Costing(option, many, programme().worth(many))
        case What.VOUCHER:
            offer = the_offer(db(), option.offer_id or 0).offer
            base = rules_on(db(), today()).base
            each = cost_of_one(
                offer,
                basis_of(db(), offer, option.offer_id, today()).mean,
                Prices(delivery=mean_delivery(db()), points_each=(base.points, base.per_amount) if base else (0, 1)),
            )
            return Costing(option, 0, None if each is None else each * gifts)
        case What.BENEFIT:
            line = next((one for one in standing_benefits(db()) if one.id == option.benefit_id), None)
            each = line.benefit.cost_per_use if line else 0
            return Costing(option, 0, each * gifts if each else None)


def _page(form: GiftForm, kind: Kind, view: RuleView | None, effect: Effect | None) -> str:
    return render_template("admin/gifts_edit.html", form=form, kind=kind, view=view, effect=effect, words=words)
