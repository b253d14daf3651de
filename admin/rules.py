"""The earning rules as sentences, in the order in which they begin; trying them on a purchase."""

from dataclasses import dataclass
from datetime import UTC, datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from admin import admin
from admin.rules_words import because_in_words, dates_in_words, kinds, rule_in_words
from club.accounts.models import names_of_accounts
from club.accrual.explaining import Explained, Rule, explain, given_back_percent
from club.accrual.models import Written, all_rules, written_rules
from club.accrual.rules import AllRules, BaseRate, Period
from club.accrual.service import withdraw_rule
from club.errors import Refusal, UnknownMember
from club.members.models import Known, find_member, the_member
from club.permissions import Permission
from club.purchases.models import categories_known, points_between
from club.purchases.rules import COUNTER, SHOP, NewLine, NewPurchase
from club.tiers.models import ladder_on, status_of
from web.access import staff_only
from web.database import db
from web.forms import DayField, Form, MoneyField, Needed, TextField
from web.messages import words_for
from web.movements import earned_by_purchase
from web.programme import programme, today
from web.visitors import staff

MOST_CATEGORIES = 50
MUCH_GIVEN_BACK = 200
"""Tenths of a percent of the price: from there on the page asks to look at the margin."""


class TryForm(Form):
    """A purchase that nobody makes, to see what it would bring."""

    class Meta:
        """A question that changes nothing needs no key."""

        csrf = False

    member = TextField(_l("Member number, e-mail or phone"), [Needed(_l("Enter a member."))])
    amount = MoneyField(_l("Amount"), [Needed(_l("Enter an amount."))])
    category = TextField(_l("Category"), longest=80, render_kw={"list": "categories", "autocomplete": "off"})
    channel = TextField(_l("Way of buying"), longest=24, render_kw={"list": "channels", "autocomplete": "off"})
    on = DayField(_l("Day"), [Needed(_l("Enter the day."))])


@dataclass(frozen=True)
class Listed:
    """A rule as the page lists it. `state`: now, later or over."""

    rule: Rule
    state: str
    by: str | None
    written: Written | None


@dataclass(frozen=True)
class Tried:
    """What a purchase would bring."""

    member: Known
    found: Explained


@admin.get("/rules")
@staff_only(Permission.SEE_MEMBERS)
def rules() -> ResponseReturnValue:
    """Points for what: what counts now, what comes, what is over; beside it a purchase to try."""
    every = all_rules(db())
    listed = _listed(every)
    is_asked = "member" in request.args
    form = TryForm(request.args, on=today()) if is_asked else TryForm(formdata=None, on=today(), channel=COUNTER)
    tried = _tried(form, every) if is_asked and form.validate() else None
    highest = max(rung.multiplier_percent for rung in ladder_on(db(), today()).ladder.rungs)
    worth = (programme().point_value_points, programme().point_value_minor)
    page = render_template(
        "admin/rules.html",
        now=[one for one in listed if one.state == "now"],
        later=[one for one in listed if one.state == "later"],
        over=[one for one in listed if one.state == "over"],
        kinds=kinds(),
        form=form,
        tried=tried,
        back=given_back_percent(every, today(), highest, worth),
        much=MUCH_GIVEN_BACK,
        categories=categories_known(db(), MOST_CATEGORIES),
        channels=(COUNTER, SHOP),
        rule_in_words=rule_in_words,
        dates_in_words=dates_in_words,
        because_in_words=because_in_words,
        earned_by_purchase=earned_by_purchase,
        has_end=lambda rule: not isinstance(rule, BaseRate),
    )
    return page, 422 if form.errors else 200


@admin.post("/rules/<int:rule_id>/withdraw")
@staff_only(Permission.EDIT_RULES)
def rules_withdraw(rule_id: int) -> ResponseReturnValue:
    """Take back a rule that has not begun."""
    who = staff()
    rule = all_rules(db()).rule(rule_id)
    try:
        if rule is None or rule.starts_on <= today():
            flash(_("Only a rule that has not begun can be taken back. End it instead."), "danger")
        else:
            withdraw_rule(db(), rule_id, who.account_id, who.role, datetime.now(UTC))
            flash(_("The rule was taken back."), "success")
    except Refusal as refusal:
        flash(words_for(refusal), "danger")
    return redirect(url_for("admin.rules"), 303)


def _listed(every: AllRules) -> list[Listed]:
    written = written_rules(db())
    names = names_of_accounts(db(), [one.created_by for one in written.values() if one.created_by is not None])
    running = every.on(today())
    active = {*(one.id for one in running.campaigns), *(one.id for one in running.bonuses)}
    active |= {one.id for one in running.caps}
    active |= {running.base.id} if running.base else set()
    found = []
    rules_there: list[Rule] = [*every.bases, *every.campaigns, *every.bonuses, *every.caps]
    for rule in rules_there:
        state = "now" if rule.id in active else "later" if rule.starts_on > today() else "over"
        by = written.get(rule.id)
        found.append(Listed(rule, state, names.get(by.created_by) if by and by.created_by else None, by))
    return found


def _tried(form: TryForm, every: AllRules) -> Tried | None:
    assert form.on.data is not None
    assert form.amount.data is not None  # validated
    try:
        member_id = find_member(db(), form.member.data or "")
    except UnknownMember as refusal:
        form.refuse(refusal, form.member)
        return None
    category = form.category.data or ""
    purchase = NewPurchase(
        member_id=member_id,
        channel=form.channel.data or "",
        bought_on=form.on.data,
        amount=form.amount.data,
        lines=(NewLine(amount=form.amount.data, category=category),) if category else (),
    )
    status = status_of(db(), member_id, purchase.bought_on)
    periods: set[Period] = {cap.period for cap in every.caps}
    before = {period: points_between(db(), member_id, *period.around(purchase.bought_on)) for period in periods}
    found = explain(purchase, every, status.rung.multiplier_percent, status.key, before)
    return Tried(the_member(db(), member_id), found)
