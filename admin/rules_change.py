"""Adding and ending an earning rule: first the last 90 days under the rules as they would be, then saving."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, HiddenField, SelectField
from wtforms.fields.choices import SelectChoice

from admin import admin
from admin.rules import MOST_CATEGORIES, MUCH_GIVEN_BACK
from admin.rules_words import ACTS, JOIN, dates_in_words, kinds, many_purchases, period_in_words, rule_in_words
from club.accrual.explaining import Rule, given_back_percent, overlapping
from club.accrual.models import Mark, all_rules, rules_mark
from club.accrual.replay import Replay, replay
from club.accrual.rules import AllRules, BaseRate, Bonus, Campaign, Cap, Period
from club.accrual.service import add_rule, end_rule
from club.accrual.written import HIGHEST_PERCENT, LONGEST_CATEGORY, LONGEST_CHANNEL, MOST_POINTS
from club.errors import RateStartsThen, Refusal, RuleEnded, RulesChanged
from club.permissions import Permission
from club.purchases.models import categories_known
from club.purchases.rules import COUNTER, SHOP
from club.texts import LANGUAGES, Texts
from club.tiers.models import ladder_on
from web.access import staff_only
from web.database import db
from web.forms import DayField, Form, MoneyField, MultiplierField, Needed, TextField, WholeNumberField
from web.languages import OWN_NAMES
from web.programme import programme, today
from web.visitors import staff


class RuleForm(Form):
    """What every rule has."""

    starts_on = DayField(_l("First day"), [Needed(_l("Enter the first day."))])
    shown = HiddenField()

    def rule(self) -> Rule:
        """What was typed, as a value."""
        raise NotImplementedError

    @property
    def first_day(self) -> date:
        """The day from which it counts."""
        assert self.starts_on.data is not None  # validated
        return self.starts_on.data

    def validate(self, extra_validators: Any = None) -> bool:
        """A rule begins today or later and ends after that."""
        is_right = super().validate(extra_validators)
        first, last = self.starts_on.data, self.last_day()
        if first is not None and first < today():
            self.starts_on.errors = [*self.starts_on.errors, _("Enter today or a later day.")]
            return False
        if first is not None and last is not None and last < first:
            self["ends_on"].errors = [_("Enter the first day or a later one.")]
            return False
        return is_right

    def last_day(self) -> date | None:
        """The last day, where it has one."""
        return self["ends_on"].data if "ends_on" in self else None


class BaseForm(RuleForm):
    """Points for every purchase."""

    points = WholeNumberField(_l("Points"), [Needed(_l("Enter the points."))], most=MOST_POINTS)
    per_amount = MoneyField(_l("for each"), [Needed(_l("Enter an amount."))], least=1)

    def rule(self) -> Rule:
        """What was typed, as a value."""
        return BaseRate(
            points=self.points.data or 0, per_amount=self.per_amount.data or 1, starts_on=self.first_day
        )  # fmt: skip


class EndingForm(RuleForm):
    """What may have a last day."""

    ends_on = DayField(_l("Last day"))


class CampaignForm(EndingForm):
    """More points for a time."""

    times = MultiplierField(
        _l("Multiplies points by"), [Needed(_l("Enter a factor above 1."))], least=101, most=HIGHEST_PERCENT
    )
    category = TextField(
        _l("Only for goods of the category"), longest=LONGEST_CATEGORY, render_kw={"list": "categories"}
    )
    channel = TextField(_l("Only for this way of buying"), longest=LONGEST_CHANNEL, render_kw={"list": "channels"})
    name_en = TextField(OWN_NAMES["en"], longest=100)
    name_es = TextField(OWN_NAMES["es"], longest=100)
    name_ru = TextField(OWN_NAMES["ru"], longest=100)

    def rule(self) -> Rule:
        """What was typed, as a value."""
        return Campaign(
            percent=self.times.data or 101,
            category=self.category.data or None,
            channel=self.channel.data or None,
            name=Texts({language: self[f"name_{language}"].data or "" for language in LANGUAGES}),
            starts_on=self.first_day,
            ends_on=self.ends_on.data,
        )


class BonusForm(EndingForm):
    """Points for joining, or for a whole profile."""

    act = SelectField(
        _l("What they are for"), choices=[SelectChoice(key, words) for key, words in ACTS.items()], default=JOIN
    )
    points = WholeNumberField(_l("Points"), [Needed(_l("Enter the points."))], least=1, most=MOST_POINTS)

    def rule(self) -> Rule:
        """What was typed, as a value."""
        return Bonus(
            act=self.act.data or JOIN, points=self.points.data or 0, starts_on=self.first_day, ends_on=self.ends_on.data
        )


class CapForm(EndingForm):
    """The most in a time."""

    points = WholeNumberField(_l("At most so many points"), [Needed(_l("Enter the points."))], most=MOST_POINTS)
    period = SelectField(_l("for each member"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.period.choices = [SelectChoice(period.value, period_in_words(period)) for period in Period]

    def rule(self) -> Rule:
        """What was typed, as a value."""
        return Cap(
            points=self.points.data or 0,
            period=Period(self.period.data),
            starts_on=self.first_day,
            ends_on=self.ends_on.data,
        )


FORMS: dict[str, type[RuleForm]] = {"base": BaseForm, "campaign": CampaignForm, "bonus": BonusForm, "cap": CapForm}


class EndForm(Form):
    """The last day of a rule."""

    last_day = DayField(_l("Last day on which it counts"), [Needed(_l("Enter the last day."))])
    shown = HiddenField()


@dataclass(frozen=True)
class Shown:
    """What a change would do, beside the warnings about it."""

    played: Replay
    overlaps: list[Campaign]
    back: tuple[int, int]
    back_before: tuple[int, int]
    has_no_end: bool

    @property
    def worth(self) -> int:
        """What the difference is worth, in minor units; what the club would owe more."""
        return programme().worth(self.played.difference)


@admin.route("/rules/new/<any(base, campaign, bonus, cap):kind>", methods=["GET", "POST"])
@staff_only(Permission.EDIT_RULES)
def rules_new(kind: str) -> ResponseReturnValue:
    """One more rule."""
    form = FORMS[kind](starts_on=today())
    if not form.validate_on_submit():
        return _new_page(kind, form, None), 200 if _is_live() or not form.errors else 422
    rule, every = form.rule(), all_rules(db())
    day = max(rule.starts_on, today())
    shown = _shown(every, every.with_rule(rule), day, rule)

    def save(seen: Mark) -> None:
        who = staff()
        add_rule(db(), rule, who.account_id, who.role, datetime.now(UTC), seen)
        flash(_("Saved: %(rule)s", rule=rule_in_words(rule)), "success")

    def page(stale: str) -> str:
        return _new_page(kind, form, shown, stale=stale)

    return _seen_or_saved(form, repr(rule), save, page, form.starts_on)


@admin.route("/rules/<int:rule_id>/end", methods=["GET", "POST"])
@staff_only(Permission.EDIT_RULES)
def rules_end(rule_id: int) -> ResponseReturnValue:
    """The end of a rule."""
    every = all_rules(db())
    rule = every.rule(rule_id)
    if rule is None or isinstance(rule, BaseRate):
        abort(404)
    form = EndForm(last_day=today())
    if not form.validate_on_submit():
        return _end_page(rule, form, None), 200 if _is_live() or not form.errors else 422
    last_day = form.last_day.data
    assert last_day is not None  # validated
    shown = _shown(every, every.without(rule_id), max(last_day + timedelta(days=1), rule.starts_on), None)

    def save(seen: Mark) -> None:
        who = staff()
        assert who.role is not None  # the door let nobody else in
        end_rule(db(), rule_id, last_day, who.account_id, who.role, datetime.now(UTC), seen)
        flash(_("Saved: the rule ends."), "success")

    def page(stale: str) -> str:
        return _end_page(rule, form, shown, stale=stale)

    return _seen_or_saved(form, repr((rule, last_day)), save, page, form.last_day)


def _seen_or_saved(
    form: Any, meant: str, save: Callable[[Mark], None], page: Callable[[str], str], field: Field
) -> ResponseReturnValue:
    """The effect, until the button under this very effect is pressed."""
    mark = rules_mark(db())
    fingerprint = f"{sha256(meant.encode()).hexdigest()[:16]}.{mark[0]}.{mark[1]}.{today()}"
    is_seen, form.shown.data = form.shown.data == fingerprint, fingerprint
    if request.form.get("do") != "save":
        return page("")
    if not is_seen:
        return page(_("Not saved yet: something has changed since you looked. Look at the effect, then save.")), 422
    try:
        save(mark)
    except (RateStartsThen, RuleEnded) as refusal:
        form.refuse(refusal, field)
        return page(""), 422
    except (RulesChanged, Refusal) as refusal:
        form.refuse(refusal)
        return page(""), 422
    return redirect(url_for("admin.rules"), 303)


def _shown(before: AllRules, after: AllRules, day: date, new: Rule | None) -> Shown:
    highest = max(rung.multiplier_percent for rung in ladder_on(db(), today()).ladder.rungs)
    worth = (programme().point_value_points, programme().point_value_minor)
    return Shown(
        played=replay(db(), before.on(day), after.on(day), today()),
        overlaps=overlapping(new, before) if isinstance(new, Campaign) else [],
        back=given_back_percent(after, day, highest, worth),
        back_before=given_back_percent(before, day, highest, worth),
        has_no_end=isinstance(new, Campaign) and new.ends_on is None,
    )


def _new_page(kind: str, form: RuleForm, shown: Shown | None, stale: str = "") -> str:
    return render_template(
        "admin/rules_new.html",
        kind=next(one for one in kinds() if one.key == kind),
        form=form,
        shown=shown,
        stale=stale,
        much=MUCH_GIVEN_BACK,
        categories=categories_known(db(), MOST_CATEGORIES),
        channels=(COUNTER, SHOP),
        rule_in_words=rule_in_words,
        dates_in_words=dates_in_words,
        many_purchases=many_purchases,
    )


def _end_page(rule: Rule, form: EndForm, shown: Shown | None, stale: str = "") -> str:
    return render_template(
        "admin/rules_end.html",
        rule=rule,
        form=form,
        shown=shown,
        stale=stale,
        much=MUCH_GIVEN_BACK,
        rule_in_words=rule_in_words,
        dates_in_words=dates_in_words,
        many_purchases=many_purchases,
    )


def _is_live() -> bool:
    return request.form.get("do") == "live"
