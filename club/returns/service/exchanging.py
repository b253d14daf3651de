"""The goods are here and others go out for them: the return is settled and the new order made, in one transaction."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from club.audit import record
from club.database import Transaction, transaction
from club.errors import NothingComesBack
from club.orders.models import OrderLine
from club.orders.rules import PayBy
from club.orders.service import AsBefore, Exchange, Exchanged, place_exchange_in
from club.orders.service import tell as tell_of_order
from club.payments.rules import least_by_card
from club.payments.service import ask_refund_in, carry_in, money_back, money_of_return_in
from club.permissions import Permission, Role, require
from club.programme.models import the_club
from club.returns.models import ReturnCase, ReturnLine
from club.returns.rules import FAULTS, State
from club.returns.service.instead import lock_stock, wanted_of
from club.returns.service.receiving import Pieces, arrived_in, put_on_shelf
from club.returns.service.refunding import Refunded, give_limits_back_in, refund_in
from club.returns.service.steps import Held, hold_case, refuse_own

EXCHANGED = "return.exchanged"


@dataclass(frozen=True, kw_only=True)
class Swapped:
    """What an exchange did: the return as it was settled, the order that goes out, the money that goes back."""

    returned: Refunded
    order: Exchanged
    back: int
    """Of what was paid for the goods, so much goes back or need not be paid any more."""


@dataclass(frozen=True, kw_only=True)
class Arrived:
    """What is here, and what of it can be sold again; None for both: it was counted before."""

    pieces: Pieces | None
    restocked: Pieces | None = None
    with_delivery: bool = False
    takes_cards: bool = True
    """Whether a card can pay what the new goods cost more."""


def exchange(db: Session, case_id: int, arrived: Arrived, by: int, role: Role | None, now: datetime) -> Swapped:
    """Take the goods in and send out what was asked for instead; money and points pay again, what is over goes back.

    Raises as `receive_and_refund` does, and `NoLongerSold`, `OutOfStock`, `LimitReached`, `DifferenceNotPayable`.
    """
    require(role, Permission.REFUND_ORDERS)
    with transaction(db) as tx:
        return exchange_in(tx, case_id, arrived, by, now)


def exchange_in(tx: Transaction, case_id: int, arrived: Arrived, by: int | None, now: datetime) -> Swapped:
    """The same as a step: whoever calls it has asked who may."""
    held = hold_case(tx, case_id)
    refuse_own(tx, by, held)
    restocked: Pieces = {}
    if arrived.pieces is not None:
        restocked = arrived.restocked or {}
        arrived_in(tx, held, arrived.pieces, restocked, by, now)
        held = replace(held, state=State.RECEIVED)
    done = refund_in(tx, held, with_delivery=arrived.with_delivery, by=by, now=now, is_exchange=True)
    money = money_of_return_in(tx, held.order_id, done.money, now)
    wanted = _exchange(tx, held, money, takes_cards=arrived.takes_cards)
    lock_stock(tx, held.id)
    put_on_shelf(tx, held, restocked, by, now)
    give_limits_back_in(tx, held)
    order = place_exchange_in(tx, wanted, now)
    if order.carried:
        carry_in(tx, held.order_id, order.order_id, order.carried, by, now)
    refund_id = None
    if money > order.carried:
        refund_id = ask_refund_in(tx, held.order_id, money - order.carried, "return", held.id, by, "", now)
    done = replace(done, refund_id=refund_id)
    back = done.money - order.carried
    _note(tx, held, order, by, now)
    _tell(tx, held, order, done, back, now)
    return Swapped(returned=done, order=order, back=back)


def _exchange(tx: Transaction, held: Held, money: int, *, takes_cards: bool) -> Exchange:
    """What goes out: the lines that are exchanged, and what of money and points belongs to them."""
    pieces = wanted_of(tx, held.id, arrived=True)
    if not pieces:
        raise NothingComesBack
    of_lines = tx.execute(
        select(func.sum(ReturnLine.money), func.sum(ReturnLine.points), func.sum(ReturnLine.points_value)).where(
            ReturnLine.case_id == held.id, ReturnLine.instead_id.is_not(None)
        )
    ).one()
    return Exchange(
        case_id=held.id, order_id=held.order_id, pieces=pieces, points=int(of_lines[1]),
        money=min(money, int(of_lines[0])), takes_cards=takes_cards, points_value=int(of_lines[2]),
        as_before=_as_before(tx, held.id), least=least_by_card(the_club(tx).currency),
    )  # fmt: skip


def _as_before(tx: Transaction, case_id: int) -> dict[int, AsBefore]:
    """The same once more for what was faulty or wrong: at its old price, whatever it costs today."""
    reason = tx.scalar(select(ReturnCase.reason).where(ReturnCase.id == case_id))
    if reason not in FAULTS:
        return {}
    asked = (
        select(
            ReturnLine.instead_id, OrderLine.variant_id, OrderLine.unit_price, ReturnLine.received,
            ReturnLine.money + ReturnLine.points_value,
        )
        .join(OrderLine, OrderLine.id == ReturnLine.line_id)
        .where(ReturnLine.case_id == case_id, ReturnLine.instead_id.is_not(None), ReturnLine.received > 0)
    )  # fmt: skip
    rows = tx.execute(asked).all()
    others = {row[0] for row in rows if row[0] != row[1]}
    found: dict[int, AsBefore] = {}
    for variant_id in {row[1] for row in rows if row[0] == row[1]} - others:
        of_it = [row for row in rows if row[0] == variant_id]
        price = max(row[2] for row in of_it)
        pieces, paid = sum(row[3] for row in of_it), sum(row[4] for row in of_it)
        found[variant_id] = AsBefore(unit_price=price, discount=price * pieces - paid)
    return found


def _note(tx: Transaction, held: Held, order: Exchanged, by: int | None, now: datetime) -> None:
    tx.execute(update(ReturnCase).where(ReturnCase.id == held.id).values(exchange_order_id=order.order_id))
    record(
        tx, EXCHANGED, "return", held.id, by=by, now=now, person_id=held.person_id, order=held.order_id,
        new=order.order_id, carried=order.carried, left=order.to_pay,
    )  # fmt: skip


def _tell(tx: Transaction, held: Held, order: Exchanged, done: Refunded, back: int, now: datetime) -> None:
    """One mail about both, with the way to pay where something is left; the order has its own once it is placed."""
    said = money_back(tx, held.order_id, back, done.refund_id)
    more = {
        "number": held.number, "before": held.order_number, "carried": order.carried, "taken": done.points_taken,
        "to_pay": order.to_pay if order.pay_by is PayBy.CARD else 0, **said,
    }  # fmt: skip
    tell_of_order(tx, EXCHANGED, order.order_id, now, occurrence="exchange", more=more)
