"""What a standing is in words, for home and the tier page."""

from flask_babel import gettext as _
from markupsafe import Markup

from club.tiers.rules import Ladder, Route, Window
from club.tiers.standing import Way
from web.formats import money, number


def figures(way: Way) -> str:
    """How far one is: "1.620,00 € of 2.000,00 €"."""
    if way.route is Route.SPEND:
        return _("%(have)s of %(need)s", have=money(way.have), need=money(way.need))
    return _("%(have)s of %(need)s", have=number(way.have), need=number(way.need))


def label(route: Route, ladder: Ladder) -> str:
    """What a bar counts, and in which time."""
    year = {
        Route.SPEND: _("Spent in 12 months"),
        Route.PURCHASES: _("Purchases in 12 months"),
        Route.QUALIFYING_POINTS: _("Points for your tier in 12 months"),
    }
    calendar_year = {
        Route.SPEND: _("Spent this calendar year"),
        Route.PURCHASES: _("Purchases this calendar year"),
        Route.QUALIFYING_POINTS: _("Points for your tier this calendar year"),
    }
    membership_year = {
        Route.SPEND: _("Spent in your membership year"),
        Route.PURCHASES: _("Purchases in your membership year"),
        Route.QUALIFYING_POINTS: _("Points for your tier in your membership year"),
    }
    windows = {
        Window.LAST_12_MONTHS: year,
        Window.CALENDAR_YEAR: calendar_year,
        Window.MEMBERSHIP_YEAR: membership_year,
    }
    return windows[ladder.window][route]


def bold(text: str) -> Markup:
    """What a sentence rests on."""
    return Markup("<strong>{}</strong>").format(text)
