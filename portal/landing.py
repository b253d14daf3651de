"""The front door: why join, what each tier brings, what somebody would earn."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from club.accrual.estimate import MOST_PURCHASES, Year, year_of
from club.accrual.models import rules_on
from club.accrual.rules import Rules
from club.events.reading.mine import next_public
from club.tiers.models import ladder_on
from club.tiers.rules import Ladder, Route
from portal import portal
from web import event_words
from web.access import open_to_all
from web.benefits import benefits_today, cell_in_words
from web.database import db
from web.formats import multiplier, percent, plain_money, points
from web.forms import Form, MoneyField, Needed, WholeNumberField
from web.glance import status_today
from web.programme import programme, today
from web.standing import ways_to
from web.visitors import visitor

MOST_EVENTS = 3
MOST_SPEND = 100_000_000
"""Minor units a year: beyond this the calculator says nothing useful."""


class YearForm(Form):
    """What somebody spends here in a year."""

    class Meta:
        """A question that changes nothing needs no key."""

        csrf = False

    spend = MoneyField(
        _l("How much do you spend here in a year?"),
        [Needed(_l("Enter what you spend in a year."))],
        most=MOST_SPEND,
    )
    purchases = WholeNumberField(
        _l("In how many purchases?"),
        [Needed(_l("Enter the number of purchases in a year."))],
        least=1,
        most=MOST_PURCHASES,
    )


@dataclass(frozen=True)
class Promise:
    """What the club offers today."""

    ladder: Ladder
    rules: Rules

    @property
    def has_tiers(self) -> bool:
        """Whether there is more than one rung."""
        return len(self.ladder.rungs) > 1

    @property
    def best_multiplier(self) -> int:
        """The most that a tier multiplies points by, in percent."""
        return max(rung.multiplier_percent for rung in self.ladder.rungs)

    @property
    def best_discount(self) -> int:
        """The largest discount of a tier, in percent."""
        return max(rung.discount_percent for rung in self.ladder.rungs)

    @property
    def welcome_points(self) -> int:
        """Points for joining."""
        bonus = self.rules.bonus_for("join")
        return 0 if bonus is None else bonus.points


class Reason(NamedTuple):
    """One of the three cards: a title, a figure and a sentence."""

    title: str
    figure: str
    sentence: str


@portal.get("/")
@open_to_all
def landing() -> ResponseReturnValue:
    """Why join, in ten seconds."""
    promise = promise_today()
    is_asked = bool(request.args.keys() & {"spend", "purchases"})
    form = YearForm(request.args) if is_asked else YearForm(formdata=None)
    year = _year(form, promise) if is_asked and form.validate() else None
    page = render_template(
        "portal/landing.html",
        promise=promise,
        best_three=reasons_to_join(promise)[:3],
        form=form,
        year=year,
        ways_to=ways_to,
        events=next_public(db(), datetime.now(UTC), MOST_EVENTS),
        event_words=event_words,
    )
    return page, 422 if form.errors else 200


@portal.get("/benefits")
@open_to_all
def benefits() -> ResponseReturnValue:
    """What each tier brings, side by side."""
    promise = promise_today()
    own = _own_position(promise.ladder)
    return render_template(
        "portal/benefits.html",
        promise=promise,
        own=own,
        compared=_compared(promise.ladder, own or 0),
        benefits=benefits_today(),
        cell_in_words=cell_in_words,
        asked_routes=[route for route in Route if any(rung.asks(route) for rung in promise.ladder.rungs)],
        ways_to=ways_to,
    )


def promise_today() -> Promise:
    """The ladder and the earning rules in force."""
    return Promise(ladder_on(db(), today()).ladder, rules_on(db(), today()))


def reasons_to_join(promise: Promise) -> list[Reason]:
    """What is true of this club, the strongest first."""
    base = promise.rules.base
    reasons = []
    if base is not None:
        each = _(
            "for every %(amount)s you spend. %(points)s are worth %(value)s.",
            amount=plain_money(base.per_amount),
            points=points(programme().point_value_points),
            value=plain_money(programme().point_value_minor),
        )
        reasons.append(Reason(_("Points on every purchase"), points(base.points), each))
    if base is not None and promise.best_multiplier > 100:
        stays = _("Your points grow with your tier, and a tier stays yours until its own end date.")
        reasons.append(Reason(_("More with every tier"), multiplier(promise.best_multiplier), stays))
    if promise.best_discount:
        most = _("That is the most a tier takes off the price.")
        reasons.append(Reason(_("A discount of your own"), percent(promise.best_discount), most))
    quick = _("Joining takes one minute: a name, an e-mail address and a password.")
    reasons.append(Reason(_("Free of charge"), plain_money(0), quick))
    months = programme().expiry_months
    if base is not None and months:
        long = ngettext("%(num)d month", "%(num)d months", months)
        reasons.append(Reason(_("Time to spend them"), long, _("So long you can use the points of a purchase.")))
    return reasons


def _year(form: YearForm, promise: Promise) -> Year:
    return year_of(form.spend.data or 0, form.purchases.data or 1, promise.ladder, promise.rules)


def _own_position(ladder: Ladder) -> int | None:
    """The visitor's own place in the ladder; None for who is no member."""
    who = visitor()
    if who is None or who.person_id is None:
        return None
    return ladder.position_of(status_today(who.person_id).key)


def _compared(ladder: Ladder, own: int) -> tuple[int, int]:
    """The two tiers that a phone shows side by side: as asked, else one's own and the next."""
    last = len(ladder.rungs) - 1
    chosen = [ladder.position_of(request.args.get(name, "")) for name in ("one", "two")]
    first = own if chosen[0] is None else chosen[0]
    second = min(first + 1, last) if chosen[1] is None else chosen[1]
    return first, second
