"""A return begins: a buyer asks, a buyer withdraws from the contract, or staff take goods back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from secrets import choice
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, insert, select
from sqlalchemy.orm import Session

from club.accounts.attempts import count_tries, from_address
from club.audit import record
from club.clock import club_day
from club.database import Transaction, transaction
from club.errors import NotFound, NotPaidYet, OrderCancelled
from club.members.rules import ALPHABET
from club.orders.models import Order
from club.orders.rules import PayBy
from club.orders.rules import State as OrderState
from club.orders.service import check_age
from club.permissions import Permission, Role, require
from club.programme.models import the_club
from club.returns.models import ReturnCase, ReturnLine, ReturnWords
from club.returns.reading import Asked, came_by, lines_of_order
from club.returns.rules import (
    LONGEST_COMMENT,
    SEND_BACK_WITHIN,
    AskedBy,
    Reason,
    State,
    check_day,
    check_pieces,
)
from club.returns.service.instead import check_instead, set_aside_in
from club.returns.service.refunding import refund_unsent_in
from club.returns.service.steps import hold_case, lock_order, refuse_own, tell


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What somebody wants to give back. `pieces`: line id → how many."""

    order_id: int
    pieces: dict[int, int]
    reason: Reason
    comment: str = ""
    form_key: bytes | None = None
    """The same form sent again is the same return."""
    instead: Mapping[int, int] = field(default_factory=dict)
    """Line id → the variant that is to go out for it; of other lines money and points go back."""
    confirmed_age: int = 0
    """So many years old the buyer says to be, where what goes out asks for it."""


def ask_return(db: Session, person_id: int | None, wanted: Wanted, now: datetime) -> Asked:
    """A buyer asks to give goods of their order back; staff decide. Without a person: whoever holds a guest's order.

    Raises `NotFound` for an order that is not theirs, `ReturnPeriodOver`, `NothingComesBack`, `MoreUnitsThanBought`,
    `NotSentYet`, `NotPaidYet`, `OrderCancelled`, `NoLongerSold` for what cannot go out instead, `ExchangeNeedsAge`.
    """
    with transaction(db) as tx:
        return ask_in(tx, AskedBy.BUYER, wanted, None, now, person_id=person_id)


def withdraw(db: Session, wanted: Wanted, now: datetime) -> Asked:
    """A buyer withdraws from the contract, or from part of it: nobody has to approve it.

    Whoever holds the order's key may; the mail says when it came in (Directive 2011/83/EU, article 11a). While nothing
    is packed and all of it is meant, the money goes back at once. Raises as `ask_return` does.
    """
    with transaction(db) as tx:
        asked = ask_in(tx, AskedBy.WITHDRAWAL, wanted, None, now)
        if asked.is_new:
            refund_unsent_in(tx, asked.case_id, now)
        return asked


def count_asking(db: Session, address: str, now: datetime) -> None:
    """Somebody who is not signed in asks what a return would do, or sends it. Raises `TooManyTries`."""
    with transaction(db) as tx:
        count_tries(tx, [from_address("return.address", address)], now)


def take_back(db: Session, wanted: Wanted, by: int, role: Role | None, now: datetime) -> Asked:
    """Staff begin a return that nobody asked for, at any time; what is to go out for it is set aside at once.

    Raises `NotAllowed`, `OutOfStock` and as `ask_return` does.
    """
    require(role, Permission.REFUND_ORDERS)
    with transaction(db) as tx:
        asked = ask_in(tx, AskedBy.STAFF, wanted, by, now)
        refuse_own(tx, by, hold_case(tx, asked.case_id))
        if asked.is_new:
            set_aside_in(tx, asked.case_id, now)
        return asked


def ask_in(
    tx: Transaction, asked_by: AskedBy, wanted: Wanted, by: int | None, now: datetime, person_id: int | None = None
) -> Asked:
    """The same as a step."""
    lock_order(tx, wanted.order_id)
    order = tx.execute(
        select(
            Order.person_id, Order.settled_at, Order.state, Order.delivered_on, Order.pay_by, Order.paid, Order.total
        ).where(Order.id == wanted.order_id)
    ).one()
    if asked_by is AskedBy.BUYER and order.person_id != person_id:
        raise NotFound
    before = came_by(tx, wanted.order_id, wanted.form_key) if wanted.form_key else None
    if before is not None:
        return before
    if order.state == OrderState.CANCELLED:
        raise OrderCancelled
    lines = [one.line for one in lines_of_order(tx, wanted.order_id)]
    if not _is_bought(order, is_whole=all(wanted.pieces.get(line.id) == line.quantity for line in lines)):
        raise NotPaidYet
    club = the_club(tx)
    today = club_day(now, club.time_zone)
    check_day(asked_by, order.delivered_on, club.shop_return_days, today)
    check_pieces(asked_by, lines, wanted.pieces, wanted.reason)
    if wanted.instead:
        check_age(tx, wanted.order_id, set(wanted.instead.values()), wanted.confirmed_age, now)
    case_id, number = _written(tx, asked_by, wanted, by, now, send_by=today + SEND_BACK_WITHIN)
    age: dict[str, Any] = {"age": wanted.confirmed_age} if wanted.instead and wanted.confirmed_age else {}
    record(
        tx, "return.asked", "return", case_id, by=by, now=now, order=wanted.order_id,
        pieces=sum(wanted.pieces.values()), **age,
    )  # fmt: skip
    held = hold_case(tx, case_id)
    if asked_by is AskedBy.BUYER:
        tell(tx, held, "return.received", now)
    if asked_by is AskedBy.WITHDRAWAL:
        local = now.astimezone(ZoneInfo(club.time_zone))
        until = (today + SEND_BACK_WITHIN).isoformat()
        tell(tx, held, "return.withdrawn", now, came=today.isoformat(), clock=f"{local:%H:%M}", until=until)
    return Asked(case_id, number, is_new=True)


def _is_bought(order: Row[*tuple[Any, ...]], *, is_whole: bool) -> bool:
    """Whether there is something to give back: what is paid at the counter, once it was, or all of it before."""
    if order.settled_at is None:
        return False
    return order.pay_by != PayBy.PICKUP or order.paid >= order.total or is_whole


def _written(
    tx: Transaction, asked_by: AskedBy, wanted: Wanted, by: int | None, now: datetime, *, send_by: date
) -> tuple[int, str]:
    number = _new_number(tx)
    needs_yes = asked_by is AskedBy.BUYER
    case_id = tx.execute(
        insert(ReturnCase)
        .values(
            number=number,
            order_id=wanted.order_id,
            state=State.ASKED if needs_yes else State.APPROVED,
            asked_by=asked_by.value,
            reason=wanted.reason.value,
            asked_at=now,
            send_by=send_by,
            decided_at=None if needs_yes else now,
            decided_by=by,
            delivery=0,
            form_key=wanted.form_key,
        )
        .returning(ReturnCase.id)
    ).scalar_one()
    check_instead(tx, wanted.instead)
    nothing_yet = {"received": 0, "restocked": 0, "money": 0, "tax": 0, "points": 0, "points_value": 0}
    rows = [
        {
            "case_id": case_id,
            "line_id": line_id,
            "quantity": quantity,
            "instead_id": wanted.instead.get(line_id),
            **nothing_yet,
        }
        for line_id, quantity in sorted(wanted.pieces.items())
    ]
    tx.execute(insert(ReturnLine), rows)
    if wanted.comment:
        tx.execute(insert(ReturnWords).values(case_id=case_id, comment=wanted.comment[:LONGEST_COMMENT], answer=""))
    return int(case_id), number


def _new_number(tx: Transaction) -> str:
    while True:
        number = "R" + "".join(choice(ALPHABET) for _ in range(8))
        if tx.scalar(select(ReturnCase.id).where(ReturnCase.number == number)) is None:
            return number
