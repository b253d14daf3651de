"""My tier: what I have, what comes next, when it ends, and what a purchase would change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice

from club.accrual.models import rules_on
from club.accrual.rules import earned
from club.benefits.uses import days_used_in_year
from club.clock import add_months, month_end
from club.purchases.models import latest_of, points_between
from club.purchases.rules import NewPurchase
from club.texts import Texts
from club.tiers.models import ladder_on
from club.tiers.rules import Counted, Rung
from club.tiers.standing import Outcome, Standing, simulate, standing
from club.tiers.sums import terms_of
from portal import portal
from portal.gifts import for_home, milestones_on
from portal.home import is_at_risk
from portal.standing import bold, figures, label
from web import gift_words
from web.access import members_only
from web.benefits import benefits_today, cell_in_words, used_in_words
from web.database import db
from web.formats import month
from web.forms import Form, MoneyField, Needed, WholeNumberField
from web.glance import status_today
from web.movements import rung_name
from web.programme import today
from web.standing import how_in_words, missing_in_words, ways_to
from web.visitors import member_id

MOST_AMOUNT = 100_000_000
MOST_PURCHASES = 1000
MONTHS_AHEAD = 13
MOST_COUNTED = 50


class PurchaseForm(Form):
    """What might be bought, and when."""

    class Meta:
        """A question that changes nothing needs no key."""

        csrf = False

    amount = MoneyField(_l("If I spend"), [Needed(_l("Enter an amount."))], most=MOST_AMOUNT)
    purchases = WholeNumberField(
        _l("in so many purchases"),
        [Needed(_l("Enter the number of purchases."))],
        least=1,
        most=MOST_PURCHASES,
    )
    month = SelectField(_l("in"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        firsts = [add_months(today().replace(day=1), ahead) for ahead in range(MONTHS_AHEAD)]
        self.month.choices = [SelectChoice(first.isoformat()[:7], month(first)) for first in firsts]

    @property
    def then(self) -> date:
        """The day on which it would be bought: today, or the last day of a later month."""
        first = date.fromisoformat(f"{self.month.data}-01")
        return today() if first <= today() else month_end(first)


@dataclass(frozen=True)
class Answer:
    """What would hold then, and the points that it would bring."""

    then: date
    outcome: Outcome
    points: int
    is_change: bool


@portal.get("/me/tier")
@members_only
def tier() -> ResponseReturnValue:
    """The tier, the way on, the purchases that count, the simulator, the history."""
    who = member_id()
    place = standing(db(), who, today(), status_today(who))
    is_asked = bool(request.args.keys() & {"amount", "purchases", "month"})
    form = PurchaseForm(request.args) if is_asked else PurchaseForm(formdata=None)
    answer = _answer(form, place, who) if is_asked and form.validate() else None
    page = render_template(
        "portal/tier.html",
        place=place,
        counted=latest_of(db(), who, place.first_day, today(), MOST_COUNTED),
        terms=list(reversed(terms_of(db(), who))),
        form=form,
        answer=answer,
        is_at_risk=is_at_risk(place),
        milestones=milestones_on(place),
        to_choose=[gift for gift in for_home(who) if gift.option is None],
        gift_words=gift_words,
        missing=missing_in_words,
        figures=figures,
        label=label,
        bold=bold,
        ways_to=ways_to,
        rung_name=rung_name,
        how_in_words=how_in_words,
        own_benefits=_benefits_of(place.status.rung, days_used_in_year(db(), who, today())),
        next_benefits=_benefits_of(place.next_rung, {}) if place.next_rung else [],
    )
    return page, 422 if form.errors else 200


def _benefits_of(rung: Rung, used: Mapping[int, Sequence[date]]) -> list[tuple[Texts, str, str]]:
    """What a tier gets beside points and discount: the name, how much of it, and what was used this year."""
    lines = [(line, line.benefit.cells.get(rung.key)) for line in benefits_today()]
    return [
        (line.benefit.name, cell_in_words(cell), used_in_words(cell, used.get(line.id, ())))
        for line, cell in lines
        if cell_in_words(cell)
    ]


def _answer(form: PurchaseForm, place: Standing, who: int) -> Answer:
    amount = form.amount.data or 0
    purchase = NewPurchase(member_id=who, channel="", bought_on=form.then, amount=amount)
    rules = rules_on(db(), form.then)
    before = {cap.period: points_between(db(), who, *cap.period.around(form.then)) for cap in rules.caps}
    brings = earned(purchase, rules, place.status.rung.multiplier_percent, earned_before=before)
    bought = Counted(amount, (form.purchases.data or 1) if amount else 0, brings.qualifying_points)
    outcome = simulate(db(), who, today(), form.then, bought)
    ladder = ladder_on(db(), today()).ladder
    is_change = outcome.rung.key != place.status.key or (
        outcome.until != place.status.until and len(ladder.rungs) > 1 and outcome.position > 0
    )
    return Answer(form.then, outcome, brings.points, is_change)
