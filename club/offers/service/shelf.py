"""Goods that are given at the counter leave the stock with the use that they are given for, and come back with it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from club.catalogue.service import stock
from club.database import Transaction
from club.offers.models import OFFERS, USES
from club.offers.rules import Kind, UseState
from club.offers.service.using import Cause
from club.offers.stacking import Used

USE = "offer_use"
"""What goods move for: one use, so that a voucher that was given back moves them again."""


def hold_in(tx: Transaction, gifts: Sequence[Used]) -> None:
    """Hold the stock of what will be given, before any offer is held."""
    stock.lock(tx, {used.offer.gift_variant_id for used in gifts if used.offer.gift_variant_id is not None})


def hand_out_in(tx: Transaction, cause: Cause, by: int, now: datetime) -> None:
    """Everything that was given for a cause leaves the shelf. Raises `OutOfStock` with how many are there."""
    for use in _gifts_of(tx, cause):
        stock.hand_out(tx, stock.Cause(USE, use.id), use.gift_variant_id, use.gift_quantity, by, now)


def put_back_in(tx: Transaction, cause: Cause, by: int, now: datetime) -> None:
    """Everything that was given for a cause, and not given back yet, stands on the shelf again."""
    for use in _gifts_of(tx, cause):
        stock.put_back(tx, stock.Cause(USE, use.id), by, now)


def _gifts_of(tx: Transaction, cause: Cause) -> Sequence[Row[*tuple[Any, ...]]]:
    """Uses that count, in the order in which stock is taken."""
    return tx.execute(
        select(USES.c.id, OFFERS.c.gift_variant_id, OFFERS.c.gift_quantity)
        .join(OFFERS, OFFERS.c.id == USES.c.offer_id)
        .where(
            USES.c.cause_kind == cause.kind,
            USES.c.cause_id == cause.id,
            USES.c.state != UseState.GIVEN_BACK.value,
            OFFERS.c.kind == Kind.GIFT.value,
            OFFERS.c.gift_variant_id.is_not(None),
        )
        .order_by(OFFERS.c.gift_variant_id, USES.c.id)
    ).all()
