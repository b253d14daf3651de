"""The one way in which a card's money becomes an order's: for the message, the page, the button and the sweeper.

Stripe is asked first, with no transaction open. Then, in one transaction that holds the order, what it said is
compared with what we asked for and taken in. Done again it changes nothing.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from club.database import Transaction, transaction
from club.errors import Refusal
from club.orders.models import Order
from club.orders.rules import Cause, PayBy, State
from club.orders.service import let_go_in, settle_in, take_again_in
from club.payments.asking import Gateway
from club.payments.service.attempts import (
    LIVE,
    LOOKS_EVERY,
    Attempt,
    Owed,
    attempt_with,
    attempts_of,
    change,
    locked,
    owed,
)
from club.payments.service.disputing import take_disputes_in
from club.payments.service.events import MONEY_CAME, note_event_in
from club.payments.service.looking import Seen, look
from club.payments.service.refunding import SURPLUS, send_back_in, take_refunds_in
from club.payments.service.telling import money_back, tell_refund_in
from club.payments.service.trying import REFUSED, count_refused_in
from club.payments.values import Event

NO_PAGE = "page"
"""Money came that carries the order's number, on a page that we know nothing of."""


@dataclass(frozen=True, kw_only=True)
class Settled:
    """Where the order stands. `code` is why a card was refused, or what of a payment did not fit."""

    state: State
    is_paid: bool
    is_open: bool
    """Somebody may still pay on a page."""
    is_strange: bool
    code: str


def settle(
    db: Session,
    order_id: int,
    gateway: Gateway,
    now: datetime,
    *,
    ends: Cause | None = None,
    is_whole: bool = False,
    event: Event | None = None,
) -> Settled:
    """Ask Stripe about an order and take in what it says.

    `ends`: the order is given up unless its money is there; its page is closed at Stripe first. `is_whole`: ask about
    attempts that are over too, and about money that went back. `event`: the message that led here, kept with what it
    led to. Raises `NotFound` and `StripeTrouble`.
    """
    known = attempts_of(db, order_id)
    db.rollback()
    seen = look(known, gateway, is_whole=is_whole, ends=ends is not None)
    with transaction(db) as tx:
        return take_in(tx, order_id, seen, now, is_live=gateway.is_live, ends=ends, event=event)


def take_in(
    tx: Transaction,
    order_id: int,
    seen: list[Seen],
    now: datetime,
    *,
    is_live: bool,
    ends: Cause | None = None,
    event: Event | None = None,
) -> Settled:
    """The part of `settle` that writes."""
    locked(tx, order_id)
    for one in seen:
        _take_attempt(tx, order_id, one, now, is_live)
    _let_go_what_is_over(tx, order_id, ends, now)
    standing = _standing(tx, locked(tx, order_id))
    if event is not None:
        if event.kind in MONEY_CAME and not _is_of_a_page(tx, order_id, event):
            standing = replace(standing, is_strange=True, code=NO_PAGE)
        outcome = "quarantined" if standing.is_strange else "applied"
        is_new = note_event_in(tx, event, order_id, outcome, standing.code, now)
        if is_new and event.kind == REFUSED:
            count_refused_in(tx, order_id, event.intent_id, now)
    return standing


def _is_of_a_page(tx: Transaction, order_id: int, event: Event) -> bool:
    """Whether money came on a page that we opened for this order."""
    about = {event.object_id, event.intent_id}
    return any(about & {one.session_id, one.intent_id} for one in attempts_of(tx, order_id))


def standing_of(db: Session, order_id: int) -> Settled | None:
    """Where the order stands as far as we know, nobody is asked; None for one not to be paid by card."""
    order = owed(db, order_id)
    return None if order is None or order.pay_by != PayBy.CARD else _standing(db, order)


def _take_attempt(tx: Transaction, order_id: int, seen: Seen, now: datetime, is_live: bool) -> None:
    order, one = locked(tx, order_id), attempt_with(tx, seen.payment_id)
    if one.state != "paid" and seen.is_paid:
        _take_money(tx, order, one, seen, now, is_live)
    elif one.state in LIVE:
        _take_news(tx, one, seen, now)
    one = attempt_with(tx, seen.payment_id)
    if one.state in {"paid", "strange"} and seen.is_paid:
        take_refunds_in(tx, order_id, one, seen.refunds, now)
    if one.state == "paid":
        for dispute in seen.disputes:
            take_disputes_in(tx, locked(tx, order_id), one, dispute, now)  # settled just now: it has its purchase


def _take_news(tx: Transaction, one: Attempt, seen: Seen, now: datetime) -> None:
    """No money yet: the page is over, the card was refused, or nothing happened."""
    values: dict[str, object] = {"next_look_at": now + LOOKS_EVERY}
    if seen.intent is not None:
        values |= {"intent_id": seen.intent.id, "trouble": seen.intent.decline_code[:40]}
    if seen.is_over:
        values |= {"state": "closed"}
    if seen.is_gone:
        values |= {"state": "closed", "trouble": "gone"}
    change(tx, one.id, **values)


def _take_money(tx: Transaction, order: Owed, one: Attempt, seen: Seen, now: datetime, is_live: bool) -> None:
    """Money is there. It counts if it is what was asked for; else staff are shown it and nothing is done."""
    intent = seen.intent
    assert intent is not None
    trouble = _difference(order, one, seen, is_live)
    received = intent.received if intent.currency == one.currency else 0
    if trouble:
        change(tx, one.id, state="strange", intent_id=intent.id, received=received, trouble=trouble)
        return
    card = intent.card or None
    change(tx, one.id, state="paid", intent_id=intent.id, received=received, paid_at=now, trouble="", card=card)
    if order.state == State.PENDING:
        settle_in(tx, order.id, received, now)
    elif order.state != State.CANCELLED or not _taken_again(tx, order, received, now):
        change(tx, one.id, is_surplus=True)
        refund_id = send_back_in(tx, order, attempt_with(tx, one.id), received, SURPLUS, one.id, None, now)
        tell_refund_in(tx, order.id, money_back(tx, order.id, received, refund_id), f"refund:{refund_id}", now)


def _difference(order: Owed, one: Attempt, seen: Seen, is_live: bool) -> str:
    """What of a payment is not as we asked for it; "" for nothing."""
    intent, page = seen.intent, seen.session
    assert intent is not None
    if intent.is_live is not is_live:
        return "mode"
    if intent.currency != one.currency or one.currency != order.currency:
        return "currency"
    if intent.received != one.amount or one.amount != order.by_card:
        return "amount"
    if intent.reference != order.number or (page is not None and page.reference != order.number):
        return "reference"
    return ""


def _taken_again(tx: Transaction, order: Owed, received: int, now: datetime) -> bool:
    """Its time ran out before the money came: it is taken up again where everything can still be had."""
    try:
        with tx.begin_nested():
            take_again_in(tx, order.id, now)
            settle_in(tx, order.id, received, now)
    except Refusal:
        return False
    return True


def _let_go_what_is_over(tx: Transaction, order_id: int, ends: Cause | None, now: datetime) -> None:
    """Where nobody can pay any more, and no bank works on it, the order is let go; an exchange after its days."""
    order = locked(tx, order_id)
    if order.state != State.PENDING or (ends is None and order.expires_at is not None):
        return
    known = attempts_of(tx, order_id)
    for one in known:
        if ends is not None and one.state == "made":
            change(tx, one.id, state="closed")
    if any(one.state in LIVE for one in attempts_of(tx, order_id)):
        return
    until = order.waits_until
    if ends is None and until is not None and until > now:
        tx.execute(update(Order).where(Order.id == order_id).values(expires_at=until))
    else:
        let_go_in(tx, order_id, ends or Cause.EXPIRED, now)


def _standing(db: Session, order: Owed) -> Settled:
    known = attempts_of(db, order.id)
    strange = [one for one in known if one.state == "strange"]
    said = strange or known[-1:]
    return Settled(
        state=State(order.state),
        is_paid=order.total > 0 and order.paid >= order.total,
        is_open=any(one.state in LIVE for one in known),
        is_strange=bool(strange),
        code=said[0].trouble if said else "",
    )
