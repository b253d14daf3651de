"""What is missing on the way to a tier, in words."""

from flask_babel import ngettext

from club.tiers.rules import Ladder, Route, Routes
from club.tiers.standing import Way
from web.formats import listed_as_choice, listed_together, money, number, points


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
