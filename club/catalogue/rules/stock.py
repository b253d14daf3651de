"""What can be had of a variant, in words that a page can say."""

from dataclasses import dataclass
from enum import StrEnum


class Availability(StrEnum):
    """How a variant stands."""

    IN_STOCK = "in_stock"
    LOW = "low"
    BACK_ORDER = "back_order"
    """None is there, but it can be ordered ahead."""
    OUT = "out"


class Reason(StrEnum):
    """Why goods came or went."""

    ARRIVAL = "arrival"
    COUNT = "count"
    SALE = "sale"
    RETURN = "return"
    DAMAGE = "damage"
    CORRECTION = "correction"


BY_HAND = (Reason.ARRIVAL, Reason.COUNT, Reason.DAMAGE, Reason.CORRECTION)
"""What staff write; sales and returns come from orders."""


@dataclass(frozen=True)
class Level:
    """The stock of one variant."""

    on_hand: int = 0
    reserved: int = 0
    back_order_limit: int = 0
    low_mark: int = 0
    is_counted: bool = True
    missing: int = 0

    @property
    def free(self) -> int:
        """How many are there and promised to nobody; below zero: ordered ahead."""
        return self.on_hand - self.reserved

    @property
    def left(self) -> int | None:
        """How many can still be ordered, those to come included; None: it is not counted."""
        return max(0, self.free + self.back_order_limit) if self.is_counted else None

    @property
    def availability(self) -> Availability:
        """How it stands."""
        if not self.is_counted:
            return Availability.IN_STOCK
        if self.free > 0:
            return Availability.IN_STOCK if self.free > self.low_mark else Availability.LOW
        return Availability.BACK_ORDER if self.free + self.back_order_limit > 0 else Availability.OUT


def missing_with(on_hand: int, reserved: int, back_order_limit: int) -> int:
    """How many are promised that are neither there nor allowed to be ordered ahead."""
    return max(0, reserved - on_hand - back_order_limit)
