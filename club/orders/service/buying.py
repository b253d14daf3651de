"""A settled order of a member is a purchase: the same one way in as every other channel."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple, Self

from club.accrual.service import record_purchase_in
from club.database import Transaction
from club.offers import service as offers
from club.offers.stacking import Applied
from club.orders.service.steps import ORDER, Held, Line
from club.programme.models import the_club
from club.purchases.rules import SHOP, NewLine, NewPurchase
from club.texts import Texts

LONGEST_DESCRIPTION = 300


class Sold(NamedTuple):
    """What a purchase says of a line."""

    sku: str
    name: Mapping[str, str]
    quantity: int
    paid: int
    tax: int
    category: str
    earns_points: bool

    @classmethod
    def of(cls, line: Mapping[str, Any]) -> Self:
        """From the columns of a line."""
        return cls(**{name: line[name] for name in cls._fields})


def sold_of(lines: Iterable[Line]) -> list[Sold]:
    """The lines of an order, as they were sold."""
    return [Sold.of(line._asdict()) for line in lines]


def record_purchase_of(  # noqa: PLR0917 - one argument a fact
    tx: Transaction,
    order: Held,
    lines: Sequence[Sold],
    person_id: int,
    day: date,
    now: datetime,
    delivered_on: date | None,
    applied: Applied | None = None,
) -> int:
    """Record what was paid for goods, each line at the order's position; those that earn nothing earn nothing.

    Returns the purchase's id, which the caller writes into the order. `applied`: offers that were used up for it in
    this transaction; without it, those that were taken for it before are asked for and settled.
    """
    main = the_club(tx).main_language
    new = NewPurchase(
        member_id=person_id,
        channel=SHOP,
        reference=order.number,
        bought_on=day,
        amount=sum(line.paid for line in lines),
        tax=sum(line.tax for line in lines),
        lines=tuple(
            NewLine(
                amount=line.paid,
                category=line.category,
                sku=line.sku,
                description=Texts(line.name).into(main)[:LONGEST_DESCRIPTION],
                quantity=line.quantity,
                tax=line.tax,
                earns=line.earns_points,
            )
            for line in lines
        ),
    )
    cause = offers.Cause(ORDER, order.id)
    if applied is not None:
        campaigns = offers.campaigns_with(tx, applied)
    else:
        campaigns = offers.campaigns_in(tx, cause) if order.offers else ()
    recorded = record_purchase_in(tx, new, None, now, delivered_on=delivered_on, campaigns=campaigns)
    if applied is not None:
        offers.note_extra_in(tx, cause, recorded.extra_points)
    elif order.offers:
        offers.settle_in(tx, cause, now, recorded.extra_points)
    return recorded.purchase_id
