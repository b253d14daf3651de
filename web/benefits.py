"""What a tier gets of a benefit, in words."""

from flask_babel import gettext as _
from flask_babel import ngettext

from club.benefits.models import Line, standing_benefits
from club.benefits.rules import Cell, Gives
from web.database import db
from web.formats import number, plain_money
from web.languages import in_language


def benefits_today() -> tuple[Line, ...]:
    """The benefits of the club in their order."""
    return standing_benefits(db())


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
