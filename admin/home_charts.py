"""The four questions of the page Today, each with its chart and the table that the chart was drawn from."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _
from markupsafe import Markup

from club.insight.rules import MOST_OF_SALES_PERCENT, permille
from club.insight.whole_club import NO_TIER_YET
from club.tiers.rules import Ladder
from web.charts import Bar, Row, bars, curve, scaled
from web.figures import share
from web.formats import money, month, number, percent, points
from web.movements import rung_name
from web.programme import programme

MONTHS_AHEAD = 12


@dataclass(frozen=True)
class Chart:
    """A question, its answer in one sentence, the drawing, the table and how it is counted."""

    title: str
    said: str
    svg: Markup
    heads: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    counted: str


Sheets = dict[str, dict[str, Any]]


def charts(sheets: Sheets, ladder: Ladder, as_of: date) -> list[Chart]:
    """Those that have something to show."""
    made: tuple[Callable[[], Chart | None], ...] = (
        lambda: few_customers(sheets["shared"]),
        lambda: by_tier(sheets["tiers"]["rows"], ladder),
        lambda: owed(sheets["owed"], as_of),
        lambda: again(sheets["cohorts"]["rows"], sheets["again"]["rows"]),
    )
    return [chart for make in made if (chart := make()) is not None]


def few_customers(shared: dict[str, Any]) -> Chart | None:
    """The Pareto curve with the real cut."""
    buyers, sales, enough = shared["buyers"], shared["sales"], shared["enough"]
    if not buyers or not sales:
        return None
    part = permille(enough, buyers)
    said = _("%(share)s of the buyers make %(part)s of sales.", share=share(part), part=percent(MOST_OF_SALES_PERCENT))
    points_of = [(permille(place, buyers), permille(so_far, sales)) for place, so_far in shared["curve"]]
    best = share(permille(shared["best_sales"], sales))
    rows = [
        (_("Best fifth"), number(shared["best"]), _("%(share)s of sales", share=best)),
        (
            _("Enough for %(part)s of sales", part=percent(MOST_OF_SALES_PERCENT)),
            number(enough),
            _("%(share)s of the buyers", share=share(part)),
        ),
        (_("All who bought"), number(buyers), money(sales)),
    ]
    title = _("How few customers make %(part)s of sales?", part=percent(MOST_OF_SALES_PERCENT))
    return Chart(
        title,
        said,
        curve("curve", title, said, points_of, (part, 10 * MOST_OF_SALES_PERCENT), share(part)),
        (_("Who"), _("Members"), _("Part")),
        rows,
        _(
            "Members who bought in the last 365 days, the best on the left, and what they bought together, upwards."
            " Returns are taken off the purchase they belong to."
        ),
    )


def by_tier(rows: list[list[Any]], ladder: Ladder) -> Chart | None:
    """Members and sales of each tier, side by side."""
    first = ladder.rungs[0].key
    found: dict[str, tuple[int, int]] = {}
    for key, members, sales in rows:
        named = first if key == NO_TIER_YET else key
        had = found.get(named, (0, 0))
        found[named] = (had[0] + members, had[1] + sales)
    everybody, everything = (sum(one[at] for one in found.values()) for at in (0, 1))
    if not everybody:
        return None
    standing = [rung.key for rung in ladder.rungs]
    order = [key for key in standing if key in found] + sorted(key for key in found if key not in standing)
    drawn, table = [], []
    for key in order:
        members, sales = found[key]
        parts = permille(members, everybody), permille(sales, everything)
        drawn.append(Row(rung_name(key), [Bar(part, share(part)) for part in parts]))
        table.append((rung_name(key), number(members), share(parts[0]), money(sales), share(parts[1])))
    title = _("Who is in which tier?")
    best = max(order, key=lambda key: found[key][1])
    said = _(
        "“%(tier)s” is %(members)s of the members and brings %(sales)s of sales.",
        tier=rung_name(best),
        members=share(permille(found[best][0], everybody)),
        sales=share(permille(found[best][1], everything)),
    )
    return Chart(
        title,
        said,
        bars("tiers", title, said, drawn),
        (_("Tier"), _("Members"), _("Part of members"), _("Sales"), _("Part of sales")),
        table,
        _("The upper bar is the part of all members, the lower one their part of the sales of the last 365 days."),
    )


def owed(sheet: dict[str, Any], as_of: date) -> Chart | None:
    """Points that members have, by the month in which they expire, and their worth."""
    rows = sheet["rows"]
    whole = sum(row[2] for row in rows)
    if not whole:
        return None
    this_month = as_of.year * 12 + as_of.month
    by_month: dict[str, int] = {}
    later = _("Later")
    for year, in_month, count in rows:
        ahead = year * 12 + in_month - this_month
        label = _("No end known") if not year else later if ahead >= MONTHS_AHEAD else month(date(year, in_month, 1))
        by_month[label] = by_month.get(label, 0) + count
    ordered = [label for label in by_month if label not in (later, _("No end known"))]
    ordered += [label for label in (later, _("No end known")) if label in by_month]
    counts = [by_month[label] for label in ordered]
    worth = programme().worth
    drawn = [
        Row(label, [bar])
        for label, bar in zip(ordered, scaled(counts, [money(worth(count)) for count in counts]), strict=True)
    ]
    title = _("What do we owe in points?")
    said = _(
        "%(points)s are in members’ hands, worth %(worth)s. In the last 365 days %(issued)s were issued, %(used)s used"
        " and %(expired)s expired.",
        points=points(whole),
        worth=money(worth(whole)),
        issued=number(sheet["issued"]),
        used=number(sheet["used"]),
        expired=number(sheet["expired"]),
    )
    return Chart(
        title,
        said,
        bars("owed", title, said, drawn),
        (_("Expire in"), _("Points"), _("Worth")),
        [(label, number(by_month[label]), money(worth(by_month[label]))) for label in ordered],
        _("Active, pending and held points by the month of their last day, at today's value of a point."),
    )


def again(rows: list[list[Any]], second: list[list[int]]) -> Chart | None:
    """Of those who first bought in a month, how many have bought again."""
    if not rows:
        return None
    drawn, table = [], []
    for year, in_month, came_again, *active in rows:
        label = month(date(year, in_month, 1))
        part = permille(came_again, active[0])
        drawn.append(Row(label, [Bar(part, _("%(share)s of %(count)s", share=share(part), count=number(active[0])))]))
        later = [number(active[later]) if later < len(active) else "" for later in range(1, 7)]
        table.append((label, number(active[0]), share(part), *later))
    title = _("Do they buy again?")
    days, part, _watched = second[1]
    said = _("%(share)s of new buyers buy again within %(days)s days.", share=share(part), days=number(days))
    return Chart(
        title,
        said,
        bars("again", title, said, drawn),
        (
            _("First bought in"),
            _("Members"),
            _("Bought again"),
            *(_("After %(number)s mo.", number=n) for n in range(1, 7)),
        ),
        table,
        _(
            "Members by the month of their first purchase. The last columns count who bought in the months after it."
            " The sentence also reckons with those who have not been members for so long (Kaplan-Meier)."
        ),
    )
