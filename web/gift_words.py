"""Gifts of the club in words: what a rule looks at, and what is wrong with one."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from club.benefits.models import the_benefit
from club.gifts.rules import Fault, Kind, Option, Rule, What
from club.offers.models import published_offers, the_offer
from club.tiers.rules import Route
from web.database import db
from web.formats import listed_as_choice, percent, plain_money, points
from web.languages import in_language
from web.movements import rung_name

KINDS: Mapping[Kind, Any] = {
    Kind.BIRTHDAY: _l("Birthday"),
    Kind.ANNIVERSARY: _l("Anniversary of joining"),
    Kind.GROWTH: _l("Growth"),
    Kind.MILESTONE: _l("Milestone between tiers"),
}

WHATS: Mapping[What, Any] = {
    What.POINTS: _l("Points"),
    What.VOUCHER: _l("Voucher"),
    What.BENEFIT: _l("Benefit"),
}

GIFT_FAULTS: dict[str, Any] = {
    Fault.TITLE: _l("Enter a title of at most 120 characters."),
    Fault.OPTIONS: _l("Choose what is given: one thing, or at a milestone up to three different ones."),
    Fault.POINTS: _l("Enter 1 to 1,000,000 points."),
    Fault.OFFER: _l("Choose an offer that comes as a gift alone and still runs."),
    Fault.BENEFIT: _l("Choose a benefit that is not archived."),
    Fault.RUNG: _l("Choose the tier on which members stand."),
    Fault.HOLD: _l("Enter 1 to 3,650 days, or leave it empty."),
    Fault.PERIOD: _l("A period is a quarter, a half-year or a year."),
    Fault.THRESHOLD: _l("Enter a percentage from 1 to 1,000."),
    Fault.LEAST: _l("Enter an amount above zero: without a purchase before there is nothing to grow from."),
    Fault.WAIT: _l("Enter 0 to 180 days."),
    Fault.AT: _l("Enter a percentage from 1 to 99."),
    Fault.CHOOSE: _l("Enter 1 to 366 days to choose in."),
}
"""What to do about a fault of a rule."""

PERIODS: Mapping[int, Any] = {3: _l("Quarter"), 6: _l("Half-year"), 12: _l("Year")}

ROUTES: Mapping[Route, Any] = {
    Route.SPEND: _l("Purchases, by amount"),
    Route.PURCHASES: _l("Number of purchases"),
    Route.QUALIFYING_POINTS: _l("Points that count for the tier"),
}


def option_words(option: Option) -> str:
    """What one thing is, in a few words."""
    match option.what:
        case What.POINTS:
            return points(option.points)
        case What.VOUCHER:
            found = published_offers(db()).get(option.offer_id or 0)
            offer = found.offer if found is not None else the_offer(db(), option.offer_id or 0).offer
            return in_language(offer.title)
        case What.BENEFIT:
            return in_language(the_benefit(db(), option.benefit_id or 0).benefit.name)


def options_words(rule: Rule) -> str:
    """All that a rule gives or lets choose from."""
    named = [option_words(option) for option in rule.options]
    return listed_as_choice(named) if rule.has_choice else named[0]


def who_words(rule: Rule) -> str:
    """To whom."""
    if rule.rung_key is None:
        return _("All members")
    if rule.kind is Kind.MILESTONE:
        return _("Tier %(tier)s", tier=rung_name(rule.rung_key))
    return _("Tier %(tier)s and above", tier=rung_name(rule.rung_key))


def when_words(rule: Rule) -> str:
    """When somebody gets it."""
    match rule.kind:
        case Kind.BIRTHDAY:
            return _("on the birthday, once a calendar year")
        case Kind.ANNIVERSARY:
            return _("on each anniversary of joining")
        case Kind.GROWTH:
            return _(
                "%(percent)s more than in the period before, which had %(least)s at least (%(period)s)",
                percent=percent(rule.threshold_percent),
                least=plain_money(rule.least),
                period=PERIODS[rule.months],
            )
        case Kind.MILESTONE:
            return _(
                "at %(percent)s of the way to the next tier (%(route)s)",
                percent=percent(rule.at_percent),
                route=ROUTES[rule.route],
            )


def occasion_words(kind: Kind) -> str:
    """What a gift is for, to be read by the member."""
    match kind:
        case Kind.BIRTHDAY:
            return _("For your birthday")
        case Kind.ANNIVERSARY:
            return _("For the day you joined")
        case Kind.GROWTH:
            return _("For buying more than before")
        case Kind.MILESTONE:
            return _("For a milestone on the way to the next level")
