"""What a return would do, before anybody presses the button: it is done and rolled back, so the two cannot differ."""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from club.database import Transaction, transaction
from club.permissions import Permission, Role, require
from club.returns.rules import AskedBy, State
from club.returns.service.asking import Wanted, ask_in
from club.returns.service.exchanging import Arrived, Swapped, exchange_in
from club.returns.service.receiving import Pieces, arrived_in
from club.returns.service.refunding import Refunded, refund_in
from club.returns.service.steps import hold_case, move, pieces_of, refuse_own


class _OnlyLooking(Exception):
    """Rolls back what was tried."""


@dataclass(frozen=True)
class Counted:
    """What came of a case, and whether the price of delivery goes back too. None: it was counted before."""

    arrived: Pieces | None
    with_delivery: bool = False


def effect_of_asking(
    db: Session, asked_by: AskedBy, wanted: Wanted, now: datetime, person_id: int | None = None
) -> Refunded:
    """What goes back if all of it comes; raises as asking does."""
    with suppress(_OnlyLooking), transaction(db) as tx:
        asked = ask_in(tx, asked_by, replace(wanted, form_key=None), None, now, person_id)
        done = _all_of_it(tx, asked.case_id, now)
        raise _OnlyLooking
    return _seen(done)


def effect_of_asking_instead(
    db: Session, wanted: Wanted, now: datetime, person_id: int | None, *, takes_cards: bool
) -> Swapped:
    """What a buyer's exchange does if all of it comes today; raises as asking, approving and exchanging do."""
    with suppress(_OnlyLooking), transaction(db) as tx:
        asked = ask_in(tx, AskedBy.BUYER, replace(wanted, form_key=None), None, now, person_id)
        held = hold_case(tx, asked.case_id)
        move(tx, held, State.APPROVED, decided_at=now)
        arrived = Arrived(pieces=pieces_of(tx, asked.case_id), takes_cards=takes_cards)
        done = exchange_in(tx, asked.case_id, arrived, None, now)
        raise _OnlyLooking
    return _swap_seen(done)


def effect_of_refund(
    db: Session, case_id: int, counted: Counted, by: int, role: Role | None, now: datetime
) -> Refunded:
    """What the refund of a case gives and takes; raises as receiving and refunding do."""
    require(role, Permission.REFUND_ORDERS)
    with suppress(_OnlyLooking), transaction(db) as tx:
        held = hold_case(tx, case_id)
        refuse_own(tx, by, held)
        if counted.arrived is not None:
            arrived_in(tx, held, counted.arrived, {}, by, now)
            held = replace(held, state=State.RECEIVED)
        done = refund_in(tx, held, with_delivery=counted.with_delivery, by=by, now=now)
        raise _OnlyLooking
    return _seen(done)


def effect_of_exchange(
    db: Session, case_id: int, arrived: Arrived, by: int, role: Role | None, now: datetime
) -> Swapped:
    """What an exchange would make of a case; raises as it does. The order's number is not the one that it gets."""
    require(role, Permission.REFUND_ORDERS)
    with suppress(_OnlyLooking), transaction(db) as tx:
        done = exchange_in(tx, case_id, arrived, by, now)
        raise _OnlyLooking
    return _swap_seen(done)


def _all_of_it(tx: Transaction, case_id: int, now: datetime) -> Refunded:
    held = hold_case(tx, case_id)
    if held.state is State.ASKED:
        move(tx, held, State.APPROVED, decided_at=now)
    arrived_in(tx, replace(held, state=State.APPROVED), pieces_of(tx, case_id), {}, None, now)
    return refund_in(tx, replace(held, state=State.RECEIVED), with_delivery=False, by=None, now=now)


def _seen(done: Refunded) -> Refunded:
    return replace(done, refund_id=None, correction_id=None)


def _swap_seen(done: Swapped) -> Swapped:
    nameless = replace(done.order, order_id=0, number="", key="")
    return replace(done, returned=_seen(done.returned), order=nameless)
