"""What a tier asks for, and what is missing on the way to it, in words."""

from flask_babel import gettext as _
from flask_babel import ngettext

from club.tiers.rules import How, Ladder, Route, Routes, Rung
from club.tiers.standing import Way
from web.formats import listed_as_choice, listed_together, money, number, plain_money, points


def missing_in_words(ways: tuple[Way, ...], ladder: Ladder) -> str:
    """What is left to do, the nearest first: "380,00 € or 2 purchases"."""
    left = [in_words(way.route, way.missing) for way in ways if way.missing]
    return listed_as_choice(left) if ladder.routes is Routes.ANY else listed_together(left)


def in_words(route: Route, count: int) -> str:
    """So much of a route."""
    match route:
        case Route.SPEND:
            return money(count)
        case Route.PURCHASES:
            return ngettext("%(count)s purchase", "%(count)s purchases", count, count=number(count))
        case Route.QUALIFYING_POINTS:
            return points(count)


def ways_to(rung: Rung, ladder: Ladder) -> str:
    """How one reaches a rung, in words: "500 € or 6 purchases"."""
    if rung.by_invitation:
        return _("By invitation")
    asked = {
        Route.SPEND: plain_money(rung.spend),
        Route.PURCHASES: ngettext(
            "%(count)s purchase", "%(count)s purchases", rung.purchases, count=number(rung.purchases)
        ),
        Route.QUALIFYING_POINTS: points(rung.qualifying_points),
    }
    ways = [asked[route] for route in rung.routes]
    if not ways:
        return _("From the first day")
    return listed_as_choice(ways) if ladder.routes is Routes.ANY else listed_together(ways)


def how_in_words(how: How) -> str:
    """How a term began."""
    match how:
        case How.REACHED:
            return _("Reached by purchases")
        case How.RENEWED:
            return _("Met again")
        case How.FELL:
            return _("After a term that was not met again")
        case How.HAND:
            return _("Given by the club")
        case How.RETURNED:
            return _("After goods were given back")
        case How.IMPORT:
            return _("Brought along from before")
