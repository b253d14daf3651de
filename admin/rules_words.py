"""Earning rules as sentences, and why one counts or not."""

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from club.accrual.explaining import Because, Rule, Verdict
from club.accrual.rules import BaseRate, Bonus, Campaign, Cap, Period
from web.formats import day, multiplier, plain_money, points
from web.languages import in_language

JOIN, PROFILE = "join", "profile"
ACTS: dict[str, Any] = {JOIN: _l("Joining"), PROFILE: _l("A whole profile")}
"""What points are given for apart from purchases."""


def rule_in_words(rule: Rule) -> str:
    """What a rule gives, in one sentence without its dates."""
    match rule:
        case BaseRate():
            rate = {"points": points(rule.points), "amount": plain_money(rule.per_amount)}
            return _("%(points)s per %(amount)s, for everybody", **rate)
        case Campaign():
            return _campaign(rule)
        case Bonus():
            if rule.act == PROFILE:
                return _("%(points)s for a whole profile", points=points(rule.points))
            if rule.act == JOIN:
                return _("%(points)s for joining", points=points(rule.points))
            return _("%(points)s for “%(act)s”", points=points(rule.points), act=rule.act)
        case Cap():
            return _cap(rule)


def dates_in_words(rule: Rule) -> str:
    """From when to when it counts."""
    if isinstance(rule, BaseRate) or rule.ends_on is None:
        return _("from %(first)s", first=day(rule.starts_on))
    return _("%(first)s to %(last)s", first=day(rule.starts_on), last=day(rule.ends_on))


def because_in_words(verdict: Verdict) -> str:
    """Why a rule counts or not for one purchase."""
    if verdict.counts and isinstance(verdict.rule, Cap):
        return _("cuts: %(points)s were earned in its time already", points=points(verdict.earned_before))
    return _dated_or_other(verdict) or _of_purchases(verdict)


def _dated_or_other(verdict: Verdict) -> str:
    match verdict.because:
        case Because.COUNTS:
            return dates_in_words(verdict.rule)
        case Because.NOT_BEGUN:
            return _("has not begun on that day")
        case Because.OVER:
            return _("was over on that day")
        case Because.NEWER_RATE:
            return _("a newer rate has taken its place")
    return ""


def _of_purchases(verdict: Verdict) -> str:
    match verdict.because:
        case Because.OTHER_CHANNEL:
            return _("is for another way of buying")
        case Because.OTHER_CATEGORY:
            return _("is for other goods")
        case Because.BETTER_ONE:
            return _("another campaign gives more; the largest alone counts")
        case Because.ROOM_LEFT:
            return _("leaves room: %(points)s were earned in its time already", points=points(verdict.earned_before))
        case Because.OTHER_CAP:
            return _("another limit cuts more")
        case Because.NO_PURCHASE:
            return _("is not for purchases")
        case Because.NO_RATE:
            return _("there is no rate on that day that it could multiply")
    return ""


def period_in_words(period: Period) -> str:
    """How long a limit counts."""
    return {
        Period.DAY: _("in a day"),
        Period.MONTH: _("in a month"),
        Period.YEAR: _("in a calendar year"),
        Period.EVER: _("in all"),
    }[period]


def channel_name(channel: str) -> str:
    """A way of buying by name."""
    return {"counter": _("at the counter"), "shop": _("in the shop"), "till": _("at the till")}.get(channel, channel)


def _campaign(rule: Campaign) -> str:
    times = {
        "times": multiplier(rule.percent),
        "goods": rule.category or "",
        "channel": channel_name(rule.channel or ""),
    }
    if rule.category and rule.channel:
        words = _("%(times)s for %(goods)s, %(channel)s", **times)
    elif rule.category:
        words = _("%(times)s for %(goods)s", **times)
    elif rule.channel:
        words = _("%(times)s for everything, %(channel)s", **times)
    else:
        words = _("%(times)s for everything", **times)
    name = in_language(rule.name)
    return _("%(rule)s: %(name)s", rule=words, name=name) if name else words


def _cap(rule: Cap) -> str:
    most = points(rule.points)
    match rule.period:
        case Period.DAY:
            return _("At most %(points)s a member by purchases in a day", points=most)
        case Period.MONTH:
            return _("At most %(points)s a member by purchases in a month", points=most)
        case Period.YEAR:
            return _("At most %(points)s a member by purchases in a calendar year", points=most)
        case Period.EVER:
            return _("At most %(points)s a member by purchases in all", points=most)


@dataclass(frozen=True)
class KindOfRule:
    """A kind as one chooses it."""

    key: str
    words: str
    hint: str


def kinds() -> list[KindOfRule]:
    """What can be added."""
    return [
        KindOfRule(
            "campaign",
            _("A campaign"),
            _("More points for a time: everywhere, for some goods, or for one way of buying."),
        ),
        KindOfRule(
            "bonus",
            _("Points for an act"),
            _("Given once: when somebody becomes a member, or when their profile is whole."),
        ),
        KindOfRule("cap", _("A limit"), _("The most that one member's purchases can earn in a time.")),
        KindOfRule(
            "base",
            _("A new base rate"),
            _("Points for every purchase. It takes the place of the one before from its first day on."),
        ),
    ]


def many_purchases(count: int) -> str:
    """So many purchases."""
    return ngettext("%(num)d purchase", "%(num)d purchases", count)
