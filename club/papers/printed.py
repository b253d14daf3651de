"""A paper's content as the words and figures that are printed, in its language: all that the template is given.

What is printed is stored with the content: later translations, or another version of Babel, change no paper of before.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal, format_percent

from club.messages.words import locale_of, translations
from club.money import to_major
from club.papers.rules import DELIVERY, Content, Kind, Line, Party, TaxRow
from club.programme.rules import Club

_NO_BREAK = "\u00a0"
_MINUS = "\u2212"


@dataclass(frozen=True)
class Writer:
    """Writes figures and words in one language, as this club writes them."""

    language: str
    club: Club
    currency: str

    @property
    def locale(self) -> Locale:
        """Language and country together."""
        return locale_of(self.language, self.club.country)

    @property
    def say(self) -> Callable[[str], str]:
        """A sentence in the language."""
        return translations(self.language).gettext

    def money(self, minor: int) -> str:
        """1.234,50 €."""
        said = format_currency(to_major(abs(minor), self.currency), self.currency, locale=self.locale)
        spaced = re.sub(r"(?<=[A-Z])(?=[0-9])", _NO_BREAK, said)
        return f"{_MINUS}{spaced}" if minor < 0 else spaced

    def number(self, value: int) -> str:
        """1.234."""
        return format_decimal(value, locale=self.locale)

    def rate(self, hundredths: int) -> str:
        """21 %, from 2100."""
        return format_percent(hundredths / 10_000, locale=self.locale, decimal_quantization=False)

    def day(self, value: date) -> str:
        """27 de marzo de 2027."""
        return format_date(value, "long", locale=self.locale)

    def points(self, count: int) -> str:
        """1.200 puntos."""
        return f"{self.number(count)}{_NO_BREAK}{self.club.word_for_points(count, self.language)}"

    def country(self, code: str) -> str:
        """España, from ES."""
        return str(self.locale.territories.get(code, code))


def printed(content: Content, club: Club) -> dict[str, Any]:
    """What the template puts on the page."""
    writer = Writer(content.language, club, content.currency)
    _ = writer.say
    return {
        "language": content.language,
        "title": _title(content.kind, writer),
        "number": content.number,
        "club": club.name.into(content.language, club.main_language),
        "logo": club.logo_file or "",
        "brand": club.brand_color,
        "facts": _facts(content, writer),
        "seller": {"head": _("Seller"), "lines": _address(content.seller, writer)},
        "buyer": {"head": _("Buyer"), "lines": _address(content.buyer, writer)},
        **_lines(content, writer),
        "totals": _totals(content, writer),
        "taxes": _taxes(content.taxes, content.kind, writer),
        "notes": _notes(content, writer),
        "foot": [content.seller.register] if content.seller.register else [],
        "page": _("Page %(page)s of %(pages)s"),
    }


def _title(kind: Kind, writer: Writer) -> str:
    _ = writer.say
    return {
        Kind.INVOICE: _("Invoice"),
        Kind.CREDIT_NOTE: _("Credit note"),
        Kind.ORDER_RECEIPT: _("Receipt of order"),
        Kind.REFUND_RECEIPT: _("Receipt of refund"),
    }[kind]


def _facts(content: Content, writer: Writer) -> list[list[str]]:
    _ = writer.say
    found = [[_("Number"), content.number], [_("Date of issue"), writer.day(content.issued_on)]]
    if content.refers_to is not None:
        found.append([_("Refers to"), content.refers_to.number])
        found.append([_("Issued on"), writer.day(content.refers_to.issued_on)])
    found.append([_("Order number"), content.order_number])
    if content.refers_to is None:
        found.append([_("Ordered on"), writer.day(content.ordered_on)])
    if content.supplied_on is not None:
        found.append([_("Supplied on"), writer.day(content.supplied_on)])
    return found


def _address(party: Party, writer: Writer) -> list[str]:
    _ = writer.say
    names = [party.company, party.name] if party.company else [party.name]
    town = " ".join(part for part in (party.postcode, party.city) if part)
    tax = _("Tax number: %(number)s") % {"number": party.tax_number} if party.tax_number else ""
    rest = [party.address, party.address_more, town, writer.country(party.country), tax, party.email, party.phone]
    return [line for line in [*names, *rest] if line]


def _lines(content: Content, writer: Writer) -> dict[str, Any]:
    _ = writer.say
    if content.kind.takes_back:
        columns = [_("Article"), _("Quantity"), _("Tax"), _("Amount")]
        cells = [[*_piece(line, writer), writer.money(-line.paid)] for line in content.lines]
    else:
        columns = [_("Article"), _("Quantity"), _("Unit price"), _("Reduction"), _("Tax"), _("Amount")]
        cells = [_sold(line, writer) for line in content.lines]
    names = [{"name": line.name, "note": line.sku} for line in content.lines]
    return {
        "columns": columns,
        "lines": [name | {"cells": row} for name, row in zip(names, cells, strict=True)],
    }


def _piece(line: Line, writer: Writer) -> list[str]:
    """Quantity and rate; money that goes back without goods has no quantity."""
    return [writer.number(line.quantity) if line.quantity else "", writer.rate(line.tax_rate)]


def _sold(line: Line, writer: Writer) -> list[str]:
    quantity, rate = _piece(line, writer)
    less = writer.money(-line.less) if line.less else ""
    return [quantity, writer.money(line.unit_price), less, rate, writer.money(line.paid)]


def _totals(content: Content, writer: Writer) -> list[dict[str, Any]]:
    """Each sum with its words; the last one stands out."""
    _ = writer.say
    if content.kind.takes_back:
        return [{"words": _("Total that goes back"), "amount": writer.money(-content.total), "is_main": True}]
    goods = [line for line in content.lines if line.line_id != DELIVERY]
    delivery = [line for line in content.lines if line.line_id == DELIVERY]
    discount, points = sum(line.discount for line in goods), sum(line.points for line in goods)
    rows = [(_("Goods"), sum(line.amount for line in goods))]
    rows += _discounts(content, discount, writer)
    if points:
        words = _("Price reduction for %(points)s") % {"points": writer.points(points)}
        rows.append((words, -sum(line.points_value for line in goods)))
    if delivery:
        rows.append((_("Delivery"), sum(line.paid for line in delivery)))
    found: list[dict[str, Any]] = [
        {"words": words, "amount": writer.money(value), "is_main": False} for words, value in rows
    ]
    return [*found, {"words": _("Total, tax included"), "amount": writer.money(content.total), "is_main": True}]


def _discounts(content: Content, discount: int, writer: Writer) -> list[tuple[str, int]]:
    """Each offer by its name and what it took off; in one sum where these are not the whole of it."""
    _ = writer.say
    if not discount:
        return []
    if content.offers and sum(offer.saves for offer in content.offers) == discount:
        return [(_("Offer “%(offer)s”") % {"offer": offer.title}, -offer.saves) for offer in content.offers]
    return [(_("Discount"), -discount)]


def _taxes(rows: tuple[TaxRow, ...], kind: Kind, writer: Writer) -> dict[str, Any]:
    _ = writer.say
    sign = -1 if kind.takes_back else 1
    cells = [
        [writer.rate(row.rate), *(writer.money(sign * value) for value in (row.net, row.tax, row.gross))]
        for row in rows
    ]
    sums = (sum(row.net for row in rows), sum(row.tax for row in rows), sum(row.gross for row in rows))
    return {
        "columns": [_("Tax rate"), _("Without tax"), _("Tax"), _("With tax")],
        "rows": cells,
        "sums": [_("Sum"), *(writer.money(sign * value) for value in sums)] if len(rows) > 1 else [],
    }


def _notes(content: Content, writer: Writer) -> list[str]:
    _ = writer.say
    found = [_paid(content, writer)]
    if content.untaxed and any(row.rate == 0 for row in content.taxes):
        found.append(content.untaxed)
    if content.kind is Kind.ORDER_RECEIPT:
        found.append(_("This receipt is no invoice."))
    return [note for note in found if note]


def _paid(content: Content, writer: Writer) -> str:
    """How the money comes, or goes back."""
    _ = writer.say
    payment = content.payment
    if content.kind.takes_back:
        return ""
    if payment.by == "nothing":
        return _("Nothing is left to pay.")
    if payment.on is not None:
        words = _("Paid by card: %(day)s") if payment.by == "card" else _("Paid: %(day)s")
        return words % {"day": writer.day(payment.on)}
    known = []
    if payment.carried:
        known = [
            _("%(money)s of it is paid with what you gave back.") % {"money": writer.money(payment.carried)},
            _("Left to pay: %(money)s") % {"money": writer.money(payment.left)},
        ]
    if payment.by == "pickup":
        return "\n".join((*known, _("To be paid when the order is picked up.")))
    due = _("To be paid until: %(day)s") % {"day": writer.day(payment.due_on)} if payment.due_on else ""
    return "\n".join(line for line in (*known, due or _("To be paid by bank transfer."), content.how_to_pay) if line)
