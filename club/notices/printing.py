"""A member's statement and card as PDF: made when asked for, and not kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from club.notices.saved import Saved, saved_in
from club.notices.statements import Turnover, turnover
from club.papers.press import press_slip
from club.papers.printed import Writer
from club.papers.slips import code_of
from club.programme.models import the_club

STATEMENT, CARD = "statement.typ", "card.typ"
MOST_LINES = 1000
SIZES = ("bank", "a4")
"""Of a card: as one carries it, or a sheet with the same to cut out."""


@dataclass(frozen=True)
class Line:
    """One movement, in words."""

    day: date
    words: str
    points: int
    is_pending: bool
    after: int


@dataclass(frozen=True)
class Holder:
    """Who it belongs to. `tier` is empty in a club without a ladder."""

    member_id: int
    full_name: str
    number: str
    grouped: str
    tier: str = ""
    until: date | None = None


def statement_file(
    db: Session, holder: Holder, period: tuple[date | None, date | None], lines: Sequence[Line], language: str,
    today: date, now: datetime,
) -> bytes:  # fmt: skip
    """Movements with what was there before and after. `lines` latest first, at most `MOST_LINES`."""
    club = the_club(db)
    writer = Writer(language, club, club.currency)
    first, last = period
    sums = turnover(db, holder.member_id, first, last)
    saved = saved_in(db, holder.member_id, first or date(1970, 1, 1), last or today)
    _ = writer.say
    data = {
        "language": language,
        "title": _("Statement of points"),
        "club": club.name.into(language, club.main_language),
        "brand": club.brand_color,
        "facts": _facts(holder, period, today, writer),
        "sums": _sums(sums, writer),
        "columns": [_("Date"), _("What"), _("Points"), _("Balance")],
        "lines": [_row(line, writer) for line in lines],
        "saved": _saved(saved, writer),
        "notes": [_("Only the latest %(count)s movements are listed.") % {"count": writer.number(MOST_LINES)}]
        if len(lines) >= MOST_LINES
        else [],
        "page": _("Page %(page)s of %(pages)s"),
    }
    db.rollback()
    return press_slip(STATEMENT, data, now)


def card_file(db: Session, holder: Holder, size: str, language: str, now: datetime) -> bytes:
    """The card with its code, to carry or to cut out. Raises `PressFailed`."""
    club = the_club(db)
    writer = Writer(language, club, club.currency)
    _ = writer.say
    data = {
        "language": language,
        "size": size,
        "title": _("Your card"),
        "club": club.name.into(language, club.main_language),
        "brand": club.brand_color,
        "name": holder.full_name,
        "number": holder.grouped,
        "tier": _("%(tier)s level") % {"tier": holder.tier} if holder.tier else "",
        "until": _("Valid until %(day)s") % {"day": writer.day(holder.until)} if holder.until else "",
        "qr": code_of(holder.number),
        "qr-alt": _("QR code of your member number"),
        "note": _("Cut along the line. It is as large as a bank card."),
    }
    db.rollback()
    return press_slip(CARD, data, now)


def _facts(holder: Holder, period: tuple[date | None, date | None], today: date, writer: Writer) -> list[list[str]]:
    _ = writer.say
    first, last = period
    shown = writer.day(last or today)
    return [
        [_("Member"), holder.full_name],
        [_("Member number"), holder.grouped],
        [_("Period"), f"{writer.day(first)} – {shown}" if first else _("Everything until %(day)s") % {"day": shown}],
    ]


def _sums(sums: Turnover, writer: Writer) -> list[dict[str, Any]]:
    _ = writer.say
    rows = [
        (_("Balance when the period begins"), sums.opening, False),
        (_("Earned"), sums.earned, False),
        (_("Used or set aside"), sums.used, False),
        (_("Expired"), sums.expired, False),
        (_("Passed on or got from members"), sums.passed, False),
        (_("Corrected"), sums.corrected, False),
        (_("Balance when it ends"), sums.closing, True),
    ]
    return [
        {"words": words, "points": _change(count, writer), "is-main": is_main}
        for words, count, is_main in rows
        if count or words in (rows[0][0], rows[1][0], rows[2][0], rows[-1][0])
    ]


def _saved(saved: Saved, writer: Writer) -> dict[str, Any]:
    _ = writer.say
    rows = [
        (_("Prices below the usual ones"), saved.prices),
        (_("Offers and vouchers"), saved.offers),
        (_("Goods paid with points"), saved.points),
    ]
    return {
        "head": _("What you saved in this period"),
        "rows": [[words, writer.money(amount)] for words, amount in rows if amount],
        "total": [_("In all"), writer.money(saved.total)],
    }


def _row(line: Line, writer: Writer) -> list[str]:
    _ = writer.say
    change = _change(line.points, writer)
    return [
        writer.day(line.day),
        line.words,
        f"{change} ({_('waiting')})" if line.is_pending else change,
        writer.number(line.after),
    ]


def _change(count: int, writer: Writer) -> str:
    return writer.number(count) if count >= 0 else f"\u2212{writer.number(-count)}"
