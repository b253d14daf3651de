"""What a tier gets of a benefit, in words."""

from collections.abc import Sequence
from datetime import date

from flask_babel import gettext as _
from flask_babel import ngettext

from club.benefits.models import Line, standing_benefits
from club.benefits.rules import Cell, Gives
from web.database import db
from web.formats import day_month, number, plain_money
from web.languages import in_language


def benefits_today() -> tuple[Line, ...]:
    """The benefits of the club in their order."""
    return standing_benefits(db())


def used_in_words(cell: Cell | None, days: Sequence[date]) -> str:
    """How often it was used this year, and when at last; nothing where it was not. The last day comes first."""
    if not days:
        return ""
    last = day_month(days[0])
    if cell is not None and cell.gives is Gives.TIMES:
        used, times = number(len(days)), number(cell.value)
        return _("Used %(used)s of %(all)s this year, last on %(day)s", used=used, all=times, day=last)
    return ngettext(
        "Used %(count)s time this year, last on %(day)s", "Used %(count)s times this year, last on %(day)s",
        len(days), count=number(len(days)), day=last,
    )  # fmt: skip


def cell_in_words(cell: Cell | None) -> str:
    """Yes, an amount, times a year or the club's own words; empty for nothing."""
    if cell is None:
        return ""
    match cell.gives:
        case Gives.YES:
            return _("Yes")
        case Gives.AMOUNT:
            return plain_money(cell.value)
        case Gives.TIMES:
            return ngettext("%(count)s time a year", "%(count)s times a year", cell.value, count=number(cell.value))
        case Gives.WORDS:
            return in_language(cell.words)
