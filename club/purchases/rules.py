"""A purchase and what is given back of it, as values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from club.errors import (
    AmountOutOfRange,
    DateInFuture,
    DateTooOld,
    LinesDoNotAddUp,
    MoreThanBought,
    MoreUnitsThanBought,
)
from club.money import LARGEST_AMOUNT

EARLIEST = date(1900, 1, 1)
LONGEST_REFERENCE = 100
MOST_LINES = 500
LARGEST_QUANTITY = 1_000_000

COUNTER = "counter"
SHOP = "shop"

CorrectionKind = Literal["return", "cancellation"]


@dataclass(frozen=True, kw_only=True)
class NewLine:
    """What was bought: the amount of the whole line in minor units, tax included."""

    amount: int
    category: str = ""
    sku: str = ""
    description: str = ""
    quantity: int = 1
    tax: int = 0
    earns: bool = True
    """Goods of some categories bring no points, and count for tiers by what was paid alone."""


@dataclass(frozen=True, kw_only=True)
class NewPurchase:
    """A settled purchase: money paid for goods, after discounts and points, tax included, delivery excluded."""

    member_id: int
    channel: str
    bought_on: date
    amount: int
    reference: str | None = None
    """Unique in its channel; none: one is made."""
    tax: int = 0
    lines: tuple[NewLine, ...] = ()
    content: bytes | None = None
    """Digest of the form or row that it came by, to tell the same one sent twice from another one."""


@dataclass(frozen=True, kw_only=True)
class ReturnOf:
    """Goods of one purchase given back, or a purchase called off. Neither amount nor lines: all that is left."""

    channel: str
    reference: str
    """The original's."""
    own_reference: str | None = None
    corrected_on: date
    kind: CorrectionKind = "return"
    amount: int | None = None
    lines: tuple[tuple[int, int], ...] = ()
    """(position, quantity)"""
    content: bytes | None = None


@dataclass(frozen=True)
class Bought:
    """A purchase as it stands: what it was, and what is left of it."""

    id: int
    member_id: int
    channel: str
    reference: str
    bought_on: date
    amount: int
    tax: int
    points: int
    qualifying_points: int
    net_amount: int
    net_points: int
    net_qualifying_points: int


@dataclass(frozen=True)
class BoughtLine:
    """One line of it, with what came back so far."""

    id: int
    position: int
    category: str
    description: str
    quantity: int
    amount: int
    points: int
    qualifying_points: int
    returned_quantity: int

    def units(self, value: int, first: int, count: int) -> int:
        """The share of a line's value that lies on units `first` to `first + count`: the first ones carry +1."""
        return units_of(value, self.quantity, first, count)


@dataclass(frozen=True)
class LineBack:
    """What goes back of one line."""

    line_id: int
    quantity: int
    amount: int
    points: int
    qualifying_points: int


@dataclass(frozen=True)
class GivenBack:
    """What a correction takes from its purchase."""

    amount: int
    points: int
    qualifying_points: int
    lines: tuple[LineBack, ...] = ()


def check_purchase(new: NewPurchase, today: date) -> None:
    """Raise what cannot be a purchase: amounts below zero or absurd, days ahead or before 1900, lines that differ."""
    check_day(new.bought_on, today)
    for amount in (new.amount, *(line.amount for line in new.lines)):
        if not 0 <= amount <= LARGEST_AMOUNT:
            raise AmountOutOfRange(amount)
    for line in new.lines:
        if not 0 < line.quantity <= LARGEST_QUANTITY:
            raise AmountOutOfRange(line.quantity)
        if not 0 <= line.tax <= line.amount:
            raise AmountOutOfRange(line.tax)
    if not 0 <= new.tax <= new.amount:
        raise AmountOutOfRange(new.tax)
    in_lines = sum(line.amount for line in new.lines)
    if (new.lines and in_lines != new.amount) or len(new.lines) > MOST_LINES:
        raise LinesDoNotAddUp(in_lines=in_lines, amount=new.amount)


def check_day(day: date, today: date) -> None:
    """Raise `DateInFuture` or `DateTooOld`."""
    if day > today:
        raise DateInFuture
    if day < EARLIEST:
        raise DateTooOld


def given_back(bought: Bought, lines: Sequence[BoughtLine], wanted: ReturnOf) -> GivenBack:
    """What goes back, read from what is stored; raises `MoreThanBought` and `MoreUnitsThanBought`.

    By lines each unit takes its stored share. By amount the points reversed so far are always the whole points of
    `points × returned ÷ amount`, so that parts sum exactly to the whole and their order does not matter.
    """
    if wanted.lines:
        return _by_lines(bought, lines, _summed(wanted.lines))
    if wanted.amount is not None:
        return _by_amount(bought, wanted.amount)
    return _all_that_is_left(bought, lines)


def _by_lines(bought: Bought, lines: Sequence[BoughtLine], wanted: Mapping[int, int]) -> GivenBack:
    at = {line.position: line for line in lines}
    back = []
    for position, quantity in sorted(wanted.items()):
        line = at.get(position)
        left = line.quantity - line.returned_quantity if line else 0
        if line is None or quantity > left:
            raise MoreUnitsThanBought(position, left)
        start = line.returned_quantity
        back.append(
            LineBack(
                line_id=line.id,
                quantity=quantity,
                amount=line.units(line.amount, start, quantity),
                points=line.units(line.points, start, quantity),
                qualifying_points=line.units(line.qualifying_points, start, quantity),
            )
        )
    amount = sum(line.amount for line in back)
    if amount > bought.net_amount:
        raise MoreThanBought(bought.net_amount)
    return _at_the_end_all(
        bought, amount, sum(line.points for line in back), sum(line.qualifying_points for line in back), tuple(back)
    )


def _by_amount(bought: Bought, amount: int) -> GivenBack:
    if not 0 < amount <= bought.net_amount:
        raise MoreThanBought(bought.net_amount)
    returned = bought.amount - bought.net_amount + amount
    points = bought.points * returned // bought.amount - (bought.points - bought.net_points)
    qualifying = bought.qualifying_points * returned // bought.amount
    qualifying -= bought.qualifying_points - bought.net_qualifying_points
    return _at_the_end_all(bought, amount, points, qualifying)


def _all_that_is_left(bought: Bought, lines: Sequence[BoughtLine]) -> GivenBack:
    back = tuple(
        LineBack(
            line_id=line.id,
            quantity=left,
            amount=line.units(line.amount, line.returned_quantity, left),
            points=line.units(line.points, line.returned_quantity, left),
            qualifying_points=line.units(line.qualifying_points, line.returned_quantity, left),
        )
        for line in lines
        if (left := line.quantity - line.returned_quantity) > 0
    )
    if bought.net_amount == 0 and (bought.amount > 0 or (lines and not back)):
        raise MoreThanBought(0)
    if sum(line.amount for line in back) != bought.net_amount:
        back = ()
    return GivenBack(bought.net_amount, bought.net_points, bought.net_qualifying_points, back)


def _at_the_end_all(
    bought: Bought, amount: int, points: int, qualifying: int, lines: tuple[LineBack, ...] = ()
) -> GivenBack:
    """The last part takes what is left, however lines and amounts were mixed; none takes more than is left."""
    if amount == bought.net_amount > 0:
        return GivenBack(amount, bought.net_points, bought.net_qualifying_points, lines)
    return GivenBack(
        amount,
        min(max(points, 0), bought.net_points),
        min(max(qualifying, 0), bought.net_qualifying_points),
        lines,
    )


def units_of(value: int, quantity: int, first: int, count: int) -> int:
    """The share of a value over `quantity` units that lies on `count` of them from `first` on: the first carry +1."""
    return _first_units(value, quantity, first + count) - _first_units(value, quantity, first)


def _first_units(value: int, quantity: int, count: int) -> int:
    each, ones = divmod(value, quantity)
    return each * count + min(count, ones)


def _summed(lines: Sequence[tuple[int, int]]) -> dict[int, int]:
    """One quantity a position; a quantity below one is refused here, before a sum could hide it."""
    wanted: dict[int, int] = {}
    for position, quantity in lines:
        if quantity < 1:
            raise AmountOutOfRange(quantity)
        wanted[position] = wanted.get(position, 0) + quantity
    return wanted
