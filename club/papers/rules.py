"""What a paper says, as values: parties, lines, tax by rate, what a credit note takes back. Minor units, tax inside.

The names follow EN 16931, so that an exchange format can be written from them: units are its codes (C62: one piece),
tax categories too (S: a rate applies, Z: none does). Points and discounts lower the price of their line.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any

from club.errors import BadSetting, CreditTooHigh
from club.money import share_of, spread
from club.texts import Texts

DELIVERY = 0
"""Stands for the delivery where a line of the order is named by its id."""
PIECE = "C62"
LAYOUT = 1
"""Of what is stored: rises when its fields change their meaning."""

_PREFIX = re.compile(r"[A-Z0-9][A-Z0-9-]{0,6}")


class Kind(StrEnum):
    """What a paper is."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
    ORDER_RECEIPT = "order_receipt"
    """What was ordered and paid, where the club's own program makes the invoices."""
    REFUND_RECEIPT = "refund_receipt"

    @property
    def takes_back(self) -> bool:
        """Whether it takes something back of another."""
        return self in {Kind.CREDIT_NOTE, Kind.REFUND_RECEIPT}


class Mode(StrEnum):
    """Who makes the invoices."""

    RECEIPTS = "receipts"
    """The club's own program, certified where the law asks for it; here are receipts and its data."""
    INVOICES = "invoices"


FOR_ORDERS = {Mode.RECEIPTS: Kind.ORDER_RECEIPT, Mode.INVOICES: Kind.INVOICE}
FOR_REFUNDS = {Kind.ORDER_RECEIPT: Kind.REFUND_RECEIPT, Kind.INVOICE: Kind.CREDIT_NOTE}


@dataclass(frozen=True, kw_only=True)
class Seller:
    """Who sells, and the prefixes of its numbers. Raises `BadSetting`."""

    mode: Mode = Mode.RECEIPTS
    legal_name: str
    tax_number: str = ""
    address: str = ""
    postcode: str = ""
    city: str = ""
    country: str
    register: str = ""
    invoice_prefix: str = "F"
    credit_prefix: str = "FC"
    receipt_prefix: str = "R"
    refund_prefix: str = "RC"
    how_to_pay: Texts = field(default_factory=lambda: Texts({}))
    untaxed: Texts = field(default_factory=lambda: Texts({}))

    def __post_init__(self) -> None:
        prefixes = (self.invoice_prefix, self.credit_prefix, self.receipt_prefix, self.refund_prefix)
        if not all(_PREFIX.fullmatch(prefix) for prefix in prefixes):
            raise BadSetting("prefix", "letters A to Z, digits and hyphens")
        if len(set(prefixes)) < len(prefixes):
            raise BadSetting("prefixes", "each kind of paper needs its own")
        if not self.legal_name:
            raise BadSetting("legal name", "it is missing")
        if self.mode is Mode.INVOICES and not (self.tax_number and self.address and self.city):
            raise BadSetting("invoices", "they need tax number and address")

    def series_of(self, kind: Kind, year: int) -> str:
        """What the numbers of a kind begin with in one year."""
        prefixes = {
            Kind.INVOICE: self.invoice_prefix,
            Kind.CREDIT_NOTE: self.credit_prefix,
            Kind.ORDER_RECEIPT: self.receipt_prefix,
            Kind.REFUND_RECEIPT: self.refund_prefix,
        }
        return f"{prefixes[kind]}{year}-"


def number_of(prefix: str, position: int) -> str:
    """F2026-00042."""
    return f"{prefix}{position:05d}"


@dataclass(frozen=True, kw_only=True)
class Party:
    """Seller or buyer as the paper names them."""

    name: str
    company: str = ""
    tax_number: str = ""
    address: str = ""
    address_more: str = ""
    postcode: str = ""
    city: str = ""
    country: str
    email: str = ""
    phone: str = ""
    register: str = ""


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line: `amount` less `discount` less `points_value` is `paid`, tax inside."""

    line_id: int
    """Of the order; 0: its delivery."""
    sku: str
    name: str
    quantity: int
    unit: str = PIECE
    unit_price: int
    amount: int
    discount: int = 0
    points: int = 0
    points_value: int = 0
    paid: int
    tax: int
    tax_rate: int
    """Hundredths of a percent."""

    @property
    def net(self) -> int:
        """Without tax."""
        return self.paid - self.tax

    @property
    def tax_category(self) -> str:
        """S: a rate applies, Z: none does."""
        return "S" if self.tax_rate else "Z"

    @property
    def less(self) -> int:
        """What discount and points take off."""
        return self.discount + self.points_value


@dataclass(frozen=True)
class TaxRow:
    """All lines of one rate."""

    category: str
    rate: int
    net: int
    tax: int

    @property
    def gross(self) -> int:
        """Tax inside."""
        return self.net + self.tax


def tax_table(lines: Iterable[Line]) -> tuple[TaxRow, ...]:
    """The tax by rate, the highest first: sums of what the lines hold, so that nothing is rounded twice."""
    sums: dict[tuple[int, str], tuple[int, int]] = {}
    for line in lines:
        net, tax = sums.get((line.tax_rate, line.tax_category), (0, 0))
        sums[line.tax_rate, line.tax_category] = (net + line.net, tax + line.tax)
    return tuple(TaxRow(category, rate, *sums[rate, category]) for rate, category in sorted(sums, reverse=True))


@dataclass(frozen=True, kw_only=True)
class Payment:
    """How its money comes. `code` is the payment means of UNTDID 4461."""

    by: str
    code: str
    on: date | None = None
    """When it came."""
    due_on: date | None = None
    carried: int = 0
    """What goods that came back have paid of it; shown while something is left."""
    left: int = 0


PAYMENT_CODES = {"card": "48", "account": "30", "pickup": "ZZZ", "nothing": "ZZZ"}


@dataclass(frozen=True, kw_only=True)
class Referred:
    """The paper that another one takes something back of."""

    number: str
    issued_on: date


@dataclass(frozen=True)
class Offered:
    """An offer that lowered the prices, as the buyer knows it, and by how much in all."""

    title: str
    saves: int


@dataclass(frozen=True, kw_only=True)
class Content:
    """All that a paper says. Sums are positive on credit notes too: their kind says which way the money goes."""

    kind: Kind
    number: str
    issued_on: date
    language: str
    currency: str
    order_number: str
    ordered_on: date
    supplied_on: date | None = None
    refers_to: Referred | None = None
    seller: Party
    buyer: Party
    lines: tuple[Line, ...]
    payment: Payment
    offers: tuple[Offered, ...] = ()
    how_to_pay: str = ""
    untaxed: str = ""

    @property
    def taxes(self) -> tuple[TaxRow, ...]:
        """The tax by rate."""
        return tax_table(self.lines)

    @property
    def net(self) -> int:
        """All without tax."""
        return sum(line.net for line in self.lines)

    @property
    def tax(self) -> int:
        """The tax in all."""
        return sum(line.tax for line in self.lines)

    @property
    def total(self) -> int:
        """What is due, or goes back."""
        return sum(line.paid for line in self.lines)

    def as_data(self) -> dict[str, Any]:
        """The same as JSON takes it, with everything that is reckoned from it."""
        data = asdict(self, dict_factory=_plain)
        for line, said in zip(self.lines, data["lines"], strict=True):
            said |= {"net": line.net, "tax_category": line.tax_category}
        taxes = [asdict(row) | {"gross": row.gross} for row in self.taxes]
        return {"layout": LAYOUT, **data, "taxes": taxes, "net": self.net, "tax": self.tax, "total": self.total}


def lines_in(data: dict[str, Any]) -> tuple[Line, ...]:
    """The lines of a paper that was stored."""
    reckoned = {"net", "tax_category"}
    return tuple(Line(**{name: line[name] for name in line if name not in reckoned}) for line in data["lines"])


@dataclass(frozen=True)
class Part:
    """What goes back of a line: so many pieces, and so much money."""

    line_id: int
    quantity: int
    paid: int


def credited(invoiced: Sequence[Line], before: Sequence[Line], parts: Sequence[Part] | None = None) -> tuple[Line, ...]:
    """The lines of a credit note: these parts of what was invoiced and not credited `before`; None: all that is left.

    The tax of all parts of a line comes to the line's tax, however it is cut. Raises `CreditTooHigh`.
    """
    left = {line.line_id: _left(line, before) for line in invoiced}
    if parts is None:
        parts = [Part(id_, line.quantity, line.paid) for id_, line in left.items()]
    lines = {line.line_id: line for line in invoiced}
    found = []
    for part in parts:
        if (
            part.line_id not in left
            or part.paid > left[part.line_id].paid
            or part.quantity > left[part.line_id].quantity
        ):
            raise CreditTooHigh
        if part.paid or part.quantity:
            found.append(_part_of(lines[part.line_id], left[part.line_id], part))
    return tuple(found)


def spread_over(invoiced: Sequence[Line], before: Sequence[Line], amount: int) -> tuple[Part, ...]:
    """An amount that goes back without a word of which goods: taken of every line in proportion to what it still has.

    Raises `CreditTooHigh`.
    """
    left = [_left(line, before) for line in invoiced]
    if amount > sum(line.paid for line in left):
        raise CreditTooHigh
    parts = spread(amount, [line.paid for line in left])
    return tuple(Part(line.line_id, 0, part) for line, part in zip(left, parts, strict=True) if part)


def _left(line: Line, before: Sequence[Line]) -> Line:
    """What was not credited yet of a line."""
    same = [one for one in before if one.line_id == line.line_id]
    return replace(
        line,
        quantity=line.quantity - sum(one.quantity for one in same),
        paid=line.paid - sum(one.paid for one in same),
        tax=line.tax - sum(one.tax for one in same),
    )


def _part_of(line: Line, left: Line, part: Part) -> Line:
    until_now = line.paid - left.paid + part.paid
    tax = share_of(line.tax, until_now, line.paid) - (line.tax - left.tax) if line.paid else 0
    return replace(
        line, quantity=part.quantity, amount=part.paid, discount=0, points=0, points_value=0, paid=part.paid, tax=tax
    )


def _plain(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in pairs}
