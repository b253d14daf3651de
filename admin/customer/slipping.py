"""Why somebody counts as slipping away, in words with the figures behind them."""

from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from club.care.models import Customer
from club.insight.models import the_watch
from club.insight.watch import Sign, Trend, Watch, usual_in_window
from web.database import db
from web.formats import money, percent
from web.formats import number as whole

TRENDS: dict[str, Any] = {
    Trend.DECLINING: _l("declining"),
    Trend.SLIPPING: _l("slipping away"),
}
"""Those that are worth a word beside a name."""


def why_slipping(customer: Customer, on: date) -> list[str]:
    """One sentence for each sign; nothing for whoever buys as usual or is late already."""
    if customer.trend not in TRENDS:
        return []
    watch, found = the_watch(db()), Sign(customer.signs)
    said = [
        (Sign.OVERDUE, _overdue(customer, on)),
        (Sign.LESS_OFTEN, _often(customer, watch)),
        (Sign.LESS_SPENT, _spent(customer, watch)),
        (Sign.SMALLER_BASKET, _basket(customer)),
    ]
    return [words for sign, words in said if sign in found]


def _overdue(customer: Customer, on: date) -> str:
    if customer.last_bought_on is None or customer.usual_gap_days is None:
        return ""
    days = (on - customer.last_bought_on).days
    return ngettext(
        "Last bought %(num)d day ago, and usually buys sooner: the usual gap is %(gap)s.",
        "Last bought %(num)d days ago, and usually buys sooner: the usual gap is %(gap)s.",
        days,
        gap=ngettext("%(num)d day", "%(num)d days", customer.usual_gap_days),
    )


def _often(customer: Customer, watch: Watch) -> str:
    usual = usual_in_window(customer.before_days, customer.before_span, watch.window_days)
    return _(
        "Buys less often: %(now)s buying days in the last %(days)s days, usually %(usual)s (−%(less)s).",
        now=whole(customer.recent_days),
        days=whole(watch.window_days),
        usual=whole((usual + 50) // 100),
        less=_less(100 * customer.recent_days, usual),
    )


def _spent(customer: Customer, watch: Watch) -> str:
    usual = usual_in_window(customer.before_spend, customer.before_span, watch.window_days)
    return _(
        "Buys for less: %(now)s in the last %(days)s days, usually %(usual)s (−%(less)s).",
        now=money(customer.recent_spend),
        days=whole(watch.window_days),
        usual=money((usual + 50) // 100),
        less=_less(100 * customer.recent_spend, usual),
    )


def _basket(customer: Customer) -> str:
    now = customer.recent_spend // max(1, customer.recent_days)
    usual = customer.before_spend // max(1, customer.before_days)
    return _(
        "The basket is smaller: %(now)s, usually %(usual)s (−%(less)s).",
        now=money(now),
        usual=money(usual),
        less=_less(now, usual),
    )


def _less(now: int, usual: int) -> str:
    return percent(100 - 100 * now // usual if usual else 0)
