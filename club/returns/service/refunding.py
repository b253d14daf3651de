"""What was paid for goods that came back goes back: money, points that were spent, points that they had earned.

All of it happens in one transaction: the order's lines count it, the purchase is corrected, the refund is asked for.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import CursorResult, case, func, insert, select, update
from sqlalchemy.orm import Session

from club.accrual.service import record_return_in
from club.audit import record
from club.catalogue.service.stock import give_limit_back
from club.clock import club_day
from club.database import Transaction, transaction
from club.errors import MoreUnitsThanBought, NothingComesBack
from club.offers import service as offers
from club.orders.models import Order, OrderLine, OrderMove
from club.orders.rules import Actor, Move, PayBy
from club.orders.rules import State as OrderState
from club.orders.service import purchase_is_left
from club.orders.service.steps import ORDER
from club.papers.reading import had_money_alone, left_of_lines, paper_row
from club.papers.rules import Part
from club.papers.service import issue_credit_note_in, issue_invoice_in
from club.payments.service import ask_refund_in, money_back
from club.permissions import Permission, Role, require
from club.points.service import give_back
from club.programme.models import the_club
from club.purchases.rules import SHOP, ReturnOf
from club.returns.models import ReturnCase, ReturnLine
from club.returns.reading import lines_of_order
from club.returns.rules import GoesBack, Line, State, all_comes_back, delivery_to_give_back, goes_back
from club.returns.service.instead import let_go_in, lock_stock
from club.returns.service.receiving import Pieces, arrived_in, put_on_shelf
from club.returns.service.steps import Held, hold_case, move, pieces_of, refuse_own, tell

POINTS_BACK = "return.given_back"


@dataclass(frozen=True)
class Refunded:
    """What a refund gave and took. Tiers by their keys; empty for a guest."""

    money: int
    delivery: int
    """Of the money, what had been paid for delivery."""
    points: int
    """Points that had been spent on the goods."""
    points_taken: int
    """Points that the goods had earned."""
    tier_before: str = ""
    tier_after: str = ""
    refund_id: int | None = None
    """The payment that goes back; none where nothing had been paid in money."""
    correction_id: int | None = None


def refund(db: Session, case_id: int, *, with_delivery: bool, by: int, role: Role | None, now: datetime) -> Refunded:
    """Give back what the received pieces cost.

    Raises `NotAllowed`, `OwnMembership`, `NotFound`, `ReturnMovedOn` and `RefundTooHigh`.
    """
    require(role, Permission.REFUND_ORDERS)
    with transaction(db) as tx:
        held = hold_case(tx, case_id)
        refuse_own(tx, by, held)
        done = refund_in(tx, held, with_delivery=with_delivery, by=by, now=now)
        let_go_in(tx, held.id, now)
        give_limits_back_in(tx, held)
        return done


def receive_and_refund(
    db: Session, case_id: int, arrived: Pieces, restocked: Pieces, by: int, role: Role | None, now: datetime, *,
    with_delivery: bool,
) -> Refunded:  # fmt: skip
    """The goods are here and their money goes back, in one act. Raises as `receive` and `refund` do."""
    require(role, Permission.REFUND_ORDERS)
    with transaction(db) as tx:
        held = hold_case(tx, case_id)
        refuse_own(tx, by, held)
        arrived_in(tx, held, arrived, restocked, by, now)
        done = refund_in(tx, replace(held, state=State.RECEIVED), with_delivery=with_delivery, by=by, now=now)
        lock_stock(tx, held.id)
        let_go_in(tx, held.id, now)
        put_on_shelf(tx, held, restocked, by, now)
        give_limits_back_in(tx, held)
        return done


def refund_in(
    tx: Transaction, held: Held, *, with_delivery: bool, by: int | None, now: datetime, is_exchange: bool = False
) -> Refunded:
    """The same as a step; the order is locked. A second time it raises `ReturnMovedOn`.

    `give_limits_back_in` comes after it, behind whatever is put on the shelf. `is_exchange`: whoever calls says what
    becomes of the money and tells the buyer.
    """
    move(tx, held, State.REFUNDED, refunded_at=now, refunded_by=by)
    lines = [one.line for one in lines_of_order(tx, held.order_id)]
    received = _received(tx, held.id)
    if not any(received.values()):
        raise NothingComesBack
    delivery = delivery_to_give_back(
        held.asked_by, lines, received, _delivery_left(tx, held), staff_say_so=with_delivery
    )  # fmt: skip
    back = goes_back(lines, received, delivery, _left_of_lines(tx, held.order_id, now))
    _count(tx, held, back, {line.id: line for line in lines})
    today = club_day(now, the_club(tx).time_zone)
    done = _points_and_tier(tx, held, back, today, by, now)
    is_all = all_comes_back(lines, received)
    if not is_exchange:
        refund_id = _send_money(tx, held, back.money, all_of_it=is_all, by=by, now=now)
        done = replace(done, refund_id=refund_id)
    paper_id = issue_credit_note_in(tx, held.order_id, f"return:{held.id}", now, _credited(back))
    _count_on(tx, held, is_all=is_all)
    tx.execute(
        update(ReturnCase)
        .where(ReturnCase.id == held.id)
        .values(delivery=delivery, correction_id=done.correction_id)
    )  # fmt: skip
    _note(tx, held, back, done, by, now)
    if not is_exchange:
        said = money_back(tx, held.order_id, back.money, done.refund_id)
        tell(
            tx, held, "return.refunded", now, **said, back=back.points, taken=done.points_taken,
            paper=paper_row(tx, paper_id).number,
        )  # fmt: skip
    return done


def refund_unsent_in(tx: Transaction, case_id: int, now: datetime) -> Refunded | None:
    """Who withdraws from everything before anything is packed gets it back at once; None: the goods have to come.

    As with an order that is cancelled, offers that counted in it can be had again.
    """
    held = hold_case(tx, case_id)
    announced = pieces_of(tx, case_id)
    lines = [one.line for one in lines_of_order(tx, held.order_id)]
    packed = tx.scalar(select(func.sum(OrderLine.packed)).where(OrderLine.order_id == held.order_id))
    if packed or any(line.returned or announced.get(line.id) != line.quantity for line in lines):
        return None
    arrived_in(tx, held, announced, announced, None, now)
    done = refund_in(tx, replace(held, state=State.RECEIVED), with_delivery=True, by=None, now=now)
    put_on_shelf(tx, held, announced, None, now)
    give_limits_back_in(tx, held)
    offers.give_back_in(tx, offers.Cause(ORDER, held.order_id), now)
    return done


def _left_of_lines(tx: Transaction, order_id: int, now: datetime) -> dict[int, int] | None:
    """What of each line's money is still on its invoice; None where all money went back with its goods."""
    return left_of_lines(tx, issue_invoice_in(tx, order_id, now)) if had_money_alone(tx, order_id) else None


def _received(tx: Transaction, case_id: int) -> dict[int, int]:
    rows = tx.execute(select(ReturnLine.line_id, ReturnLine.received).where(ReturnLine.case_id == case_id))
    return {row[0]: row[1] for row in rows}


def _delivery_left(tx: Transaction, held: Held) -> int:
    """What of the price of delivery was not given back by another case."""
    gone = tx.scalar(select(func.sum(ReturnCase.delivery)).where(ReturnCase.order_id == held.order_id))
    return held.delivery_price if not gone else 0


def _count_on(tx: Transaction, held: Held, *, is_all: bool) -> None:
    """The order's next version; one of which nothing is left has ended."""
    changes: dict[str, Any] = {"version": Order.version + 1}
    if is_all:
        changes["state"] = OrderState.DONE.value
    tx.execute(update(Order).where(Order.id == held.order_id).values(changes))


def _count(tx: Transaction, held: Held, back: GoesBack, lines: Mapping[int, Line]) -> None:
    """The pieces are back, once each: a guarded UPDATE, with the table's CHECK behind it.

    What never left the shop is taken out, of what was packed too: nobody sends it any more.
    """
    for line in back.lines:
        out = lines[line.line_id].out_of(line.quantity)
        most = OrderLine.quantity - OrderLine.taken_out - out
        counted = tx.execute(
            update(OrderLine)
            .where(
                OrderLine.id == line.line_id,
                OrderLine.order_id == held.order_id,
                OrderLine.returned + line.quantity <= OrderLine.quantity,
            )
            .values(
                returned=OrderLine.returned + line.quantity,
                taken_out=OrderLine.taken_out + out,
                packed=case((OrderLine.packed > most, most), else_=OrderLine.packed),
            )
        )
        if cast("CursorResult[Any]", counted).rowcount != 1:
            raise MoreUnitsThanBought(line.number, 0)
        tx.execute(
            update(ReturnLine)
            .where(ReturnLine.case_id == held.id, ReturnLine.line_id == line.line_id)
            .values(money=line.money, tax=line.tax, points=line.points, points_value=line.points_value)
        )


def _points_and_tier(
    tx: Transaction, held: Held, back: GoesBack, today: date, by: int | None, now: datetime
) -> Refunded:
    """Earned points are taken, the tier follows, spent points go back to the lots they came from."""
    done = Refunded(money=back.money, delivery=back.delivery, points=back.points, points_taken=0)
    if held.purchase_id is not None and purchase_is_left(tx, held.order_number):
        wanted = ReturnOf(
            channel=SHOP,
            reference=held.order_number,
            own_reference=held.number,
            corrected_on=today,
            lines=tuple((line.number, line.quantity) for line in back.lines),
        )
        taken = record_return_in(tx, wanted, by, now)
        done = replace(
            done,
            points_taken=taken.points,
            tier_before=taken.tier_before,
            tier_after=taken.tier_after,
            correction_id=taken.correction_id,
        )
    if held.hold_id is not None:
        give_back(tx, held.hold_id, back.points, POINTS_BACK, held.id, today, now)
    return done


def _send_money(
    tx: Transaction, held: Held, money: int, *, all_of_it: bool, by: int | None, now: datetime
) -> int | None:
    """Ask for the refund; an order to be paid when it is handed over owes nothing once all of it is back."""
    order = tx.execute(
        select(Order.pay_by, Order.total, Order.paid, Order.refunded).where(Order.id == held.order_id)
    ).one()  # fmt: skip
    if order.pay_by == PayBy.PICKUP and order.paid < order.total and all_of_it:
        money = min(money, order.paid - order.refunded)  # an exchange may have carried some
    if money <= 0:
        return None
    return ask_refund_in(tx, held.order_id, money, "return", held.id, by, "", now)


def _credited(back: GoesBack) -> list[Part]:
    """What the credit note says; delivery is the invoice's line 0."""
    parts = [Part(line.line_id, line.quantity, line.money) for line in back.lines]
    return [*parts, Part(0, 1, back.delivery)] if back.delivery else parts


def give_limits_back_in(tx: Transaction, held: Held) -> None:
    """What came back counts no longer against what one member can have. Limits are held last, after the shelf."""
    if held.person_id is None:
        return
    received = _received(tx, held.id)
    for one in sorted(lines_of_order(tx, held.order_id), key=lambda one: one.product_id):
        pieces = received.get(one.line.id, 0)
        if one.is_limited and pieces:
            give_limit_back(tx, one.product_id, held.person_id, pieces)


def _note(tx: Transaction, held: Held, back: GoesBack, done: Refunded, by: int | None, now: datetime) -> None:
    pieces = sum(line.quantity for line in back.lines)
    actor = Actor.BUYER if by is None else Actor.STAFF
    numbers = {"case": held.id, "pieces": pieces, "money": back.money, "points": back.points}
    tx.execute(
        insert(OrderMove).values(
            order_id=held.order_id, at=now, kind=Move.RETURNED.value, actor=actor.value, by=by, numbers=numbers
        )
    )
    record(
        tx, "return.refunded", "return", held.id, by=by, now=now, order=held.order_id, pieces=pieces,
        amount=back.money, points=back.points, taken=done.points_taken,
    )  # fmt: skip
