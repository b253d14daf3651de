"""Who may give what back until when, and what goes back for it: read from the stored amounts of an order's lines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from club.catalogue.rules.products import NoReturn
from club.errors import (
    CannotComeBack,
    MoreUnitsThanBought,
    NotFound,
    NothingComesBack,
    NotSentYet,
    ReturnMovedOn,
    ReturnPeriodOver,
)
from club.money import share_of
from club.purchases.rules import units_of

WITHDRAWAL_DAYS = 14
"""Directive 2011/83/EU, article 9: from the day after the goods came."""
SEND_BACK_WITHIN = timedelta(days=14)
"""Article 14: how long a buyer has to send them, from the day they said so."""
LONGEST_COMMENT = 1000
MOST_PHOTOS = 3


class State(StrEnum):
    """Where a case stands."""

    ASKED = "asked"
    APPROVED = "approved"
    """The goods can come."""
    REFUSED = "refused"
    RECEIVED = "received"
    """They are here and counted."""
    REFUNDED = "refunded"
    CLOSED = "closed"
    """Nothing came, the buyer keeps the goods, or gets them back without money."""


class AskedBy(StrEnum):
    """How it began."""

    BUYER = "buyer"
    STAFF = "staff"
    WITHDRAWAL = "withdrawal"
    """The buyer withdrew from the contract, which nobody has to approve."""


class Reason(StrEnum):
    """Why, as the buyer says."""

    CHANGED_MIND = "changed_mind"
    DAMAGED = "damaged"
    WRONG = "wrong"
    """Something else came."""
    DIFFERENT = "different"
    """Not as described."""
    LATE = "late"
    OTHER = "other"
    NONE = "none"
    """Who withdraws from a contract owes no reason."""


FAULTS = frozenset({Reason.DAMAGED, Reason.WRONG, Reason.DIFFERENT})
"""Something is wrong with the goods: then whatever it is can come back."""

OPEN = frozenset({State.ASKED, State.APPROVED, State.RECEIVED})
"""Its pieces are spoken for and not given back yet."""

MOVES: Mapping[State, frozenset[State]] = {
    State.ASKED: frozenset({State.APPROVED, State.REFUSED, State.CLOSED}),
    State.APPROVED: frozenset({State.RECEIVED, State.CLOSED}),
    State.RECEIVED: frozenset({State.REFUNDED, State.CLOSED}),
    State.REFUSED: frozenset(),
    State.REFUNDED: frozenset(),
    State.CLOSED: frozenset(),
}


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of an order with all that a return needs of it. Minor units, tax inside."""

    id: int
    number: int
    """Which one it is, from 1; the purchase counts in the same way."""
    quantity: int
    sent: int
    returned: int
    asked: int
    """Pieces in open cases."""
    paid: int
    tax: int
    points: int
    points_value: int
    taken_out: int = 0
    """Of those given back, so many that never left the shop."""
    no_return: NoReturn | None = None
    """Why it cannot be given back, unless something is wrong with it."""

    @property
    def left(self) -> int:
        """Pieces that were not given back and that nobody has spoken for."""
        return self.quantity - self.returned - self.asked

    @property
    def left_of_sent(self) -> int:
        """Of these, how many the buyer has, or will have any day."""
        return max(0, min(self.with_buyer - self.asked, self.left))

    @property
    def with_buyer(self) -> int:
        """Pieces that were sent and did not come back."""
        return max(0, self.sent - (self.returned - self.taken_out))

    def out_of(self, quantity: int) -> int:
        """Of so many that are given back, how many never leave the shop: those come first that the buyer has."""
        return quantity - min(quantity, self.with_buyer)


@dataclass(frozen=True, kw_only=True)
class Back:
    """What goes back for some pieces of a line."""

    line_id: int
    number: int
    quantity: int
    money: int
    tax: int
    points: int
    points_value: int


@dataclass(frozen=True, kw_only=True)
class GoesBack:
    """What goes back for a case."""

    lines: tuple[Back, ...]
    delivery: int

    @property
    def money(self) -> int:
        """Delivery included."""
        return sum(line.money for line in self.lines) + self.delivery

    @property
    def points(self) -> int:
        """Points that were spent on these pieces."""
        return sum(line.points for line in self.lines)


def require_move(before: State, after: State) -> None:
    """Raise `ReturnMovedOn` for a case that somebody else moved on."""
    if after not in MOVES[before]:
        raise ReturnMovedOn(before.value)


def last_day(asked_by: AskedBy, delivered_on: date | None, return_days: int) -> date | None:
    """The last day on which a buyer can ask; None: no last day yet, as the goods have not come."""
    if delivered_on is None:
        return None
    days = WITHDRAWAL_DAYS if asked_by is AskedBy.WITHDRAWAL else return_days
    return delivered_on + timedelta(days=days)


def check_day(asked_by: AskedBy, delivered_on: date | None, return_days: int, today: date) -> None:
    """Raise `ReturnPeriodOver`; staff may take goods back at any time."""
    end = last_day(asked_by, delivered_on, return_days)
    if asked_by is not AskedBy.STAFF and end is not None and today > end:
        raise ReturnPeriodOver(end)


def most(asked_by: AskedBy, line: Line) -> int:
    """How many pieces of a line can be asked for: a return needs goods that were sent, a withdrawal does not.

    From the contract for some goods nobody can withdraw; a return can say that something is wrong with them.
    """
    if asked_by is AskedBy.WITHDRAWAL and barred(asked_by, line, Reason.NONE):
        return 0
    return line.left_of_sent if asked_by is AskedBy.BUYER else line.left


def barred(asked_by: AskedBy, line: Line, reason: Reason) -> NoReturn | None:
    """Why a line cannot come back for this reason; None: it can. What is sealed can come back as long as it is."""
    if asked_by is AskedBy.STAFF or reason in FAULTS:
        return None
    return line.no_return if line.no_return and line.no_return.holds_when_sealed else None


def check_pieces(
    asked_by: AskedBy, lines: Sequence[Line], pieces: Mapping[int, int], reason: Reason = Reason.NONE
) -> None:
    """Raise `NothingComesBack`, `NotFound`, `CannotComeBack`, `MoreUnitsThanBought` or `NotSentYet` for what cannot be
    asked for.

    `pieces`: line id → how many.
    """
    known = {line.id: line for line in lines}
    if not pieces or min(pieces.values()) < 1:
        raise NothingComesBack
    for line_id, quantity in pieces.items():
        line = known.get(line_id)
        if line is None:
            raise NotFound
        why = barred(asked_by, line, reason)
        if why is not None:
            raise CannotComeBack(line.number, why.value)
        if quantity > line.left:
            raise MoreUnitsThanBought(line.number, line.left)
        if quantity > most(asked_by, line):
            raise NotSentYet


def goes_back(
    lines: Sequence[Line], received: Mapping[int, int], delivery: int, left: Mapping[int, int] | None = None
) -> GoesBack:
    """The stored share of each piece, beginning with the first that was not given back yet.

    Whatever the order of partial returns, they sum exactly to what was paid. `received`: line id → how many. `left`:
    line id → what of its money did not go back without goods before, 0 standing for the delivery; None: all of it.
    """
    back = [_back(line, received[line.id]) for line in lines if received.get(line.id)]
    if left is None:
        return GoesBack(lines=tuple(back), delivery=delivery)
    return GoesBack(
        lines=tuple(_at_most(one, left.get(one.line_id, 0)) for one in back), delivery=min(delivery, left.get(0, 0))
    )


def all_comes_back(lines: Sequence[Line], received: Mapping[int, int]) -> bool:
    """Whether nothing of the order is left with its buyer after these pieces."""
    return all(line.returned + received.get(line.id, 0) >= line.quantity for line in lines)


def delivery_to_give_back(
    asked_by: AskedBy, lines: Sequence[Line], received: Mapping[int, int], left: int, *, staff_say_so: bool
) -> int:
    """The price of delivery goes back when a buyer withdraws from all of it, or when staff say so.

    `left`: what of it was not given back before. Directive 2011/83/EU, article 13.
    """
    is_due = asked_by is AskedBy.WITHDRAWAL and all_comes_back(lines, received)
    return left if is_due or staff_say_so else 0


def _at_most(back: Back, left: int) -> Back:
    """No more than is left; the tax in the same proportion."""
    if back.money <= left:
        return back
    return replace(back, money=left, tax=share_of(back.tax, left, back.money))


def _back(line: Line, quantity: int) -> Back:
    if quantity > line.quantity - line.returned:
        raise MoreUnitsThanBought(line.number, line.quantity - line.returned)
    return Back(
        line_id=line.id,
        number=line.number,
        quantity=quantity,
        money=units_of(line.paid, line.quantity, line.returned, quantity),
        tax=units_of(line.tax, line.quantity, line.returned, quantity),
        points=units_of(line.points, line.quantity, line.returned, quantity),
        points_value=units_of(line.points_value, line.quantity, line.returned, quantity),
    )
