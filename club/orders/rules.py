"""States of an order, the moves that are allowed, and what it costs, as values. Minor units, tax inside."""

from dataclasses import dataclass
from enum import StrEnum

LONGEST_NOTE = 500


class State(StrEnum):
    """What is stored of where an order stands; payment and fulfilment are worked out."""

    PENDING = "pending_payment"
    PLACED = "placed"
    DONE = "done"
    CANCELLED = "cancelled"


class PayBy(StrEnum):
    """How its money comes."""

    CARD = "card"
    PICKUP = "pickup"
    """When it is handed over."""
    ACCOUNT = "account"
    """By invoice."""
    NOTHING = "nothing"
    """Points and discounts pay for all."""


class Delivery(StrEnum):
    """How the goods come."""

    SHIP = "ship"
    PICKUP = "pickup"


class Actor(StrEnum):
    """Who did something to an order."""

    BUYER = "buyer"
    STAFF = "staff"
    SYSTEM = "system"


class Move(StrEnum):
    """What happens to an order; each is a row of its history."""

    PLACED = "placed"
    PAID = "paid"
    """Money came in, or is sure: settled."""
    PAID_LATE = "paid_late"
    """Money came after its goods were let go."""
    PACKED = "packed"
    UNPACKED = "unpacked"
    SENT = "sent"
    READY = "ready"
    """It can be picked up."""
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    RETURNED = "returned"
    REFUNDED = "refunded"
    DISPUTED = "disputed"
    CHANGED = "changed"


class Cause(StrEnum):
    """Why an order was cancelled."""

    BUYER = "buyer"
    STAFF = "staff"
    EXPIRED = "expired"
    """Nobody paid in time."""
    UNPAID = "unpaid"
    """The payment came to nothing."""


class PaymentStatus(StrEnum):
    """What its money did so far."""

    NOTHING_DUE = "nothing_due"
    WAITING = "waiting"
    DUE = "due"
    """Sure, and not here yet: at the counter, or by invoice."""
    PAID = "paid"
    PARTLY_REFUNDED = "partly_refunded"
    REFUNDED = "refunded"


class Fulfilment(StrEnum):
    """What its goods did so far."""

    WAITING = "waiting"
    """Nobody packs before the money is there or sure."""
    TO_PACK = "to_pack"
    PARTLY_PACKED = "partly_packed"
    PACKED = "packed"
    """To be sent, or to be picked up."""
    PARTLY_SENT = "partly_sent"
    SENT = "sent"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    RETURNED = "returned"
    """All of it came back."""


@dataclass(frozen=True, kw_only=True)
class Contact:
    """Who orders and where it goes. For a pick-up the address stays empty but for the country."""

    email: str
    full_name: str
    country: str
    address: str = ""
    postcode: str = ""
    city: str = ""
    phone: str = ""
    address_more: str = ""
    company: str = ""
    tax_number: str = ""


@dataclass(frozen=True, kw_only=True)
class Counts:
    """The pieces of an order by what became of them; of those `returned` some were `taken_out` and never left."""

    ordered: int
    packed: int
    sent: int
    returned: int
    taken_out: int

    @property
    def is_kept(self) -> bool:
        """Whether anything of it is, or will be, with its buyer."""
        return self.returned < self.ordered


def payment_status(
    state: State, pay_by: PayBy, total: int, paid: int, refunded: int, account_due: int | None = None, *,
    is_kept: bool = True,
) -> PaymentStatus:  # fmt: skip
    """What the money did, from what is stored; `account_due` is what its invoice leaves, None where it has none.

    `is_kept`: anything of it is, or will be, with its buyer.
    """
    if refunded:
        return PaymentStatus.REFUNDED if refunded == paid else PaymentStatus.PARTLY_REFUNDED
    if not total:
        return PaymentStatus.NOTHING_DUE
    if paid >= total:
        return PaymentStatus.PAID
    if account_due == 0 and paid:
        return PaymentStatus.PAID
    if state is State.CANCELLED or account_due == 0 or _is_over(pay_by, is_kept=is_kept):
        return PaymentStatus.NOTHING_DUE
    return PaymentStatus.WAITING if pay_by is PayBy.CARD else PaymentStatus.DUE


def money_due(
    state: State, pay_by: PayBy, total: int, paid: int, account_due: int | None = None, *, is_kept: bool = True
) -> int:  # fmt: skip
    """What is still to be paid later, at the counter or by invoice; `is_kept` as above."""
    if state is State.CANCELLED or pay_by is PayBy.CARD or _is_over(pay_by, is_kept=is_kept):
        return 0
    return max(0, total - paid) if account_due is None else account_due


def _is_over(pay_by: PayBy, *, is_kept: bool) -> bool:
    """Nobody pays at the counter for what was given back whole."""
    return pay_by is PayBy.PICKUP and not is_kept


def fulfilment(state: State, counts: Counts, *, is_delivered: bool) -> Fulfilment:
    """What the goods did, from what is stored."""
    if state is State.CANCELLED:
        return Fulfilment.CANCELLED
    if state is State.PENDING:
        return Fulfilment.WAITING
    if counts.returned >= counts.ordered:
        return Fulfilment.RETURNED
    if is_delivered:
        return Fulfilment.DELIVERED
    if counts.sent:
        return Fulfilment.SENT if counts.sent + counts.taken_out >= counts.ordered else Fulfilment.PARTLY_SENT
    if counts.packed:
        return Fulfilment.PACKED if counts.packed + counts.taken_out >= counts.ordered else Fulfilment.PARTLY_PACKED
    return Fulfilment.TO_PACK
