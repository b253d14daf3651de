"""The dictionary of indicators: every figure has one name, one way of counting in words, and a version of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from babel.numbers import format_decimal, format_percent
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from club.insight.periods import Figures
from web.formats import money, number, percent
from web.languages import locale


@dataclass(frozen=True)
class Indicator:
    """One figure of a period. `version` rises when it is counted in another way."""

    key: str
    words: Any
    counted: Any
    value: Callable[[Figures], int]
    write: Callable[[int], str]
    is_share: bool = False
    version: int = 1
    rows: str = "buyers"
    """Which table stands behind it: who bought, or what each day adds."""


def share(permille: int) -> str:
    """40,1 %: a share in thousandths."""
    return format_percent(permille / 1000, locale=locale(), decimal_quantization=False)


def days_x100(hundredths: int) -> str:
    """46,0: days with one digit behind the sign, from hundredths."""
    return format_decimal(round(hundredths / 100, 1), "#,##0.0", locale=locale())


def days_x2(halves: int) -> str:
    """27 or 27,5: days from halves."""
    return format_decimal(halves / 2, "#,##0.#", locale=locale())


INDICATORS = (
    Indicator(
        "active",
        _l("Active members"),
        _l("Members who bought at least once in these days. A purchase that was given back whole does not count."),
        lambda figures: figures.active,
        number,
    ),
    Indicator(
        "sales",
        _l("Sales"),
        _l(
            "What was bought in these days, by the day of purchase, less what came back in these days, by the day of"
            " the return. Tax included, delivery left out."
        ),
        lambda figures: figures.sales,
        money,
        rows="days",
    ),
    Indicator(
        "repurchase",
        _l("Repurchase rate"),
        _l(
            "Of the members who bought in these days, the part who had bought on an earlier day, in these days or"
            " before."
        ),
        lambda figures: figures.repurchase_permille,
        share,
        is_share=True,
    ),
    Indicator(
        "repeat_sales",
        _l("Repurchase in sales"),
        _l(
            "Of what members bought in these days, returns taken off the purchase they belong to, the part that was not"
            " their first order. All that a member buys on one day is one order."
        ),
        lambda figures: figures.repeat_sales_permille,
        share,
        is_share=True,
    ),
    Indicator(
        "loyal",
        _l("Loyal members"),
        _l(
            "Of the members who bought in these days, the part who had bought on three days or more, ever, by the"
            " last of them."
        ),
        lambda figures: figures.loyal_permille,
        share,
        is_share=True,
    ),
    Indicator(
        "best",
        _l("Sales of the best fifth"),
        _l(
            "The fifth of the buyers who bought for most, with everybody who equals the last of them, and their part of"
            " what was bought in these days. Counted, not assumed."
        ),
        lambda figures: figures.best_permille,
        share,
        is_share=True,
    ),
    Indicator(
        "gap_mean",
        _l("Days between purchases, mean"),
        _l("For every order of these days that was not the member's first, the days since the one before; their mean."),
        lambda figures: figures.gap_mean_x100,
        days_x100,
    ),
    Indicator(
        "gap_median",
        _l("Days between purchases, middle"),
        _l("The same days, put in order: half of the orders came after fewer, half after more."),
        lambda figures: figures.gap_median_x2,
        days_x2,
    ),
    Indicator(
        "order_value",
        _l("Mean order"),
        _l("What members bought in these days, returns taken off, shared by the number of orders."),
        lambda figures: figures.order_value,
        money,
    ),
    Indicator(
        "joined",
        _l("New members"),
        _l("People whose membership began in these days."),
        lambda figures: figures.joined,
        number,
        rows="",
    ),
    Indicator(
        "issued",
        _l("Points issued"),
        _l("Points given in these days: for purchases, for joining, brought from an older system."),
        lambda figures: figures.issued,
        number,
        rows="days",
    ),
    Indicator(
        "used",
        _l("Points used"),
        _l("Points spent in these days, less points that came back with returned goods."),
        lambda figures: figures.used,
        number,
        rows="days",
    ),
    Indicator(
        "expired",
        _l("Points expired"),
        _l("Points that ended unused in these days."),
        lambda figures: figures.expired,
        number,
        rows="days",
    ),
    Indicator(
        "breakage",
        _l("Breakage"),
        _l("Of the points that ended in these days, used or expired, the part that expired."),
        lambda figures: figures.breakage_permille,
        share,
        is_share=True,
        rows="days",
    ),
)
"""In the order in which they are shown."""

KEPT = (
    _l("Promises kept"),
    _l("Of the promises to customers whose day lay in this period, the part that was kept. Broken ones and those still"
       " open after their day count against it."),
)  # fmt: skip


@dataclass(frozen=True)
class Shown:
    """An indicator with its figure, and how it moved since the period before."""

    indicator: Indicator
    value: str
    before: str
    change: str


def shown(indicator: Indicator, now: Figures, before: Figures) -> Shown:
    """The figure of one period beside the one before."""
    new, old = indicator.value(now), indicator.value(before)
    return Shown(indicator, indicator.write(new), indicator.write(old), _change(indicator, new, old))


def _change(indicator: Indicator, new: int, old: int) -> str:
    if new == old:
        return _("unchanged")
    sign = "+" if new > old else "\u2212"
    if indicator.is_share:
        points = format_decimal(abs(new - old) / 10, "#,##0.0", locale=locale())
        return _("%(change)s percentage points", change=f"{sign}{points}")
    if old <= 0:
        return ""
    return f"{sign}{percent((200 * abs(new - old) + old) // (2 * old))}"
