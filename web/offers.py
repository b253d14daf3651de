"""Offers in words: what one gives, on which conditions, to whom, and where it stands. For every door."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext, ngettext

from club.catalogue.categories import tree
from club.offers.listing import Handed
from club.offers.rules import Kind, Offer, Phase, Place, UseState, VoucherState, Way, Who
from club.offers.stacking import Together, Unused, Why
from web.database import db
from web.formats import day, listed_together, money, multiplier, number, percent, plain_money, points
from web.languages import in_language
from web.movements import rung_name

KINDS: Mapping[Kind, Any] = {
    Kind.PERCENT: _l("Percent off"),
    Kind.AMOUNT: _l("Amount off"),
    Kind.GIFT: _l("Gift"),
    Kind.FREE_DELIVERY: _l("Free delivery"),
    Kind.MULTIPLIER: _l("More points"),
    Kind.PARTNER: _l("Benefit of a partner"),
}

PHASES: Mapping[Phase, Any] = {
    Phase.DRAFT: _l("Draft"),
    Phase.PLANNED: _l("Planned"),
    Phase.LIVE: _l("Live"),
    Phase.ENDED: lazy_pgettext("an offer", "Ended"),
}

PHASE_LOOKS: Mapping[Phase, str] = {
    Phase.DRAFT: "",
    Phase.PLANNED: "info",
    Phase.LIVE: "success",
    Phase.ENDED: "",
}

WAYS: Mapping[Way, Any] = {
    Way.AUTOMATIC: _l("By itself, whenever its conditions are met"),
    Way.ACTIVATE: _l("The member activates it first"),
    Way.REDEEM: _l("The member pays for it with points"),
}

ONLY_GIVEN = _l("As a gift of the club alone")

PLACES: Mapping[Place, Any] = {
    Place.BOTH: _l("In the shop and at the counter"),
    Place.SHOP: _l("In the shop only"),
    Place.COUNTER: _l("At the counter only"),
}

VOUCHER_STATES: Mapping[VoucherState, Any] = {
    VoucherState.ACTIVE: _l("Active"),
    VoucherState.HELD: _l("In an order that is not paid yet"),
    VoucherState.USED: _l("Used"),
    VoucherState.UNDONE: lazy_pgettext("a voucher", "Taken back"),
    VoucherState.EXPIRED: lazy_pgettext("a voucher", "Expired"),
    VoucherState.ENDED: _l("Ended by the club"),
}

TOGETHER: Mapping[Together, Any] = {
    Together.BETTER: _l("the better one"),
    Together.BOTH: _l("both"),
    Together.APART: _l("do not meet"),
}


def handed(made: Handed) -> str:
    """What became of the vouchers of an offer, in a line."""
    used = _("%(count)s used", count=number(made.used))
    expired = _("%(count)s expired", count=number(made.expired))
    issued = _("%(count)s issued", count=number(made.issued))
    said = [issued, used, *([expired] if made.expired else [])]
    return " · ".join(one.replace(" ", "\u00a0") for one in said)  # a number stays beside its word


def gives(offer: Offer) -> str:
    """What it gives, in two or three words."""
    match offer.kind:
        case Kind.PERCENT:
            return _("%(percent)s off", percent=percent(offer.percent))
        case Kind.AMOUNT:
            return _("%(amount)s off", amount=plain_money(offer.amount))
        case Kind.GIFT:
            return _("A gift")
        case Kind.FREE_DELIVERY:
            return _("Free delivery")
        case Kind.MULTIPLIER:
            return _("Points %(times)s", times=multiplier(offer.percent))
        case Kind.PARTNER:
            return _("A code for a partner of the club")


def conditions(offer: Offer) -> list[str]:
    """On which conditions, each in a few words; the days are said apart."""
    said = []
    if offer.least_goods:
        said.append(_("from %(amount)s of goods", amount=plain_money(offer.least_goods)))
    said += goods(offer)
    if offer.kind not in {Kind.PARTNER, Kind.FREE_DELIVERY} and offer.place is not Place.BOTH:
        said.append(_("in the shop only") if offer.place is Place.SHOP else _("at the counter only"))
    if offer.limit_member:
        said.append(times_each(offer.limit_member))
    return said


def times_each(times: int) -> str:
    """How often one member may use it."""
    if times == 1:
        return _("once for each member")
    return ngettext(
        "%(times)s time for each member", "%(times)s times for each member", times, times=number(times)
    )  # fmt: skip


def goods(offer: Offer) -> list[str]:
    """For which goods, if not for all."""
    if offer.categories:
        nodes = tree(db()).nodes
        names = [in_language(nodes[one].name) for one in offer.categories if one in nodes]
        if names:
            return [_("for %(goods)s", goods=listed_together(names))]
    return [_("for certain goods")] if offer.is_narrow else []


def who(offer: Offer) -> str:
    """For whom."""
    match offer.who:
        case Who.ALL:
            return _("All members")
        case Who.RUNG:
            return _("Tier %(tier)s and above", tier=rung_name(offer.rung_key or ""))
        case Who.PICKED:
            return _("Hand-picked members")


def reason(offer: Offer) -> str:
    """Why a member sees it: to be read by the member."""
    if offer.only_given:
        return _("A gift of the club")
    match offer.who:
        case Who.ALL:
            return _("For all members")
        case Who.RUNG:
            return _("For your level")
        case Who.PICKED:
            return _("Chosen for you")


def ways(offer: Offer) -> str:
    """How one comes by it, with its price."""
    if offer.only_given:
        return str(ONLY_GIVEN)
    if offer.way is Way.REDEEM:
        return _("For %(points)s", points=points(offer.points))
    return str(WAYS[offer.way])


def terms(offer: Offer) -> list[str]:
    """For whom, until when and on which conditions, as a member reads it."""
    until = [_("until %(day)s", day=day(offer.ends_on))] if offer.ends_on else []
    return [reason(offer), *until, *conditions(offer)]


def days(offer: Offer) -> str:
    """From when to when."""
    if offer.ends_on is None:
        return _("from %(first)s", first=day(offer.starts_on))
    return _("%(first)s to %(last)s", first=day(offer.starts_on), last=day(offer.ends_on))


def unused_words(unused: Unused) -> str:
    """Why one that somebody has does not count, and what would make it."""
    match unused.why:
        case Why.LEAST if unused.offer.is_narrow:
            return _("%(amount)s of these goods more, and it counts.", amount=money(unused.missing))
        case Why.LEAST:
            return _("%(amount)s of goods more, and it counts.", amount=money(unused.missing))
        case Why.GOODS:
            return _("None of the goods that it is for are in the cart.")
        case Why.BETTER:
            return _("Another one takes more off, so this one stays for later.")
        case Why.NO_GIFT:
            return _("The gift is sold out at the moment.")
        case Why.BUDGET:
            return _("It has been used up.")


USE_STATES: Mapping[str, Any] = {
    UseState.HELD.value: _l("In an order that is not paid yet"),
    UseState.USED.value: _l("Used"),
    UseState.GIVEN_BACK.value: _l("Given back"),
}

CAUSES: Mapping[str, Any] = {
    "order": _l("Order in the shop"),
    "purchase": _l("Purchase at the counter"),
    "voucher": _l("Shown at the counter"),
}
