"""What staff may do with the goods of an order, and when: one table. No clock, no session."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from club.errors import MoreThanLeft, MoveNotAllowed, NothingLeft
from club.orders.rules import Delivery, Fulfilment, Move

LONGEST_CARRIER = 80
LONGEST_TRACKING = 120
LONGEST_ADDRESS_OF_TRACKING = 300
LONGEST_REASON = 500
_F = Fulfilment

ALLOWED: dict[Move, frozenset[Fulfilment]] = {
    Move.PACKED: frozenset({_F.TO_PACK, _F.PARTLY_PACKED, _F.PARTLY_SENT}),
    Move.UNPACKED: frozenset({_F.PARTLY_PACKED, _F.PACKED, _F.PARTLY_SENT}),
    Move.SENT: frozenset({_F.PARTLY_PACKED, _F.PACKED, _F.PARTLY_SENT}),
    Move.READY: frozenset({_F.PACKED}),
    Move.DELIVERED: frozenset({_F.SENT}),
    Move.CANCELLED: frozenset({_F.WAITING, _F.TO_PACK}),
    Move.CHANGED: frozenset({_F.WAITING, _F.TO_PACK, _F.PARTLY_PACKED, _F.PACKED}),
}
"""From where each move may be made. What is not in it is made by money or by returns."""

ONLY_FOR: dict[Move, Delivery] = {Move.READY: Delivery.PICKUP}
"""Moves of one kind of delivery."""


class Means(StrEnum):
    """How money was taken at the counter."""

    CASH = "cash"
    TERMINAL = "terminal"


MEANS_NUMBER = {Means.CASH: 1, Means.TERMINAL: 2}
"""In rows that hold numbers alone."""


@dataclass(frozen=True, kw_only=True)
class Pieces:
    """One line in pieces."""

    line_id: int
    quantity: int
    packed: int
    sent: int
    returned: int
    taken_out: int

    @property
    def to_pack(self) -> int:
        """So many nobody has packed; what was taken out needs no packing."""
        return max(0, self.quantity - self.packed - self.taken_out)

    @property
    def to_send(self) -> int:
        """So many lie packed."""
        return self.packed - self.sent


def may_make(move: Move, stands: Fulfilment, delivery: Delivery) -> bool:
    """Whether this is a moment for it."""
    return stands in ALLOWED.get(move, frozenset()) and ONLY_FOR.get(move, delivery) is delivery


def require_move(move: Move, stands: Fulfilment, delivery: Delivery) -> None:
    """Raise `MoveNotAllowed` unless this is a moment for it."""
    if not may_make(move, stands, delivery):
        raise MoveNotAllowed(move=move.value, stands=stands.value)


def chosen(left: Mapping[int, int], wanted: Mapping[int, int] | None) -> dict[int, int]:
    """Pieces by line: what was asked for within what is left, or (None) all of it.

    Raises `MoreThanLeft` for a line that has not so many, or is not of this order, and `NothingLeft`.
    """
    asked = left if wanted is None else wanted
    found = {line_id: pieces for line_id, pieces in asked.items() if pieces}
    for line_id, pieces in found.items():
        if not 0 < pieces <= left.get(line_id, 0):
            raise MoreThanLeft(line_id=line_id, left=left.get(line_id, 0))
    if not found:
        raise NothingLeft
    return found


def is_code(typed: str, code: str | None) -> bool:
    """Whether somebody said the order's own pick-up code; blanks, dashes and small letters are all the same."""
    return code is not None and "".join(sign for sign in typed.upper() if sign.isalnum()) == code
