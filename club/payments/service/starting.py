"""Sending a buyer to the payment page. The row and its key stand before Stripe is asked; the answer is kept after."""

import logging
from datetime import datetime, timedelta

from sqlalchemy import func, insert, literal, select, update
from sqlalchemy.orm import Session

from club.database import Transaction, transaction
from club.errors import NotPayable
from club.orders.models import Order, OrderContact, OrderLine
from club.orders.rules import PayBy, State
from club.orders.service import payment_begun_in
from club.payments.asking import Gateway
from club.payments.models import Payment
from club.payments.rules import IN_USE, idempotency_key, is_key_known
from club.payments.service.attempts import LIVE, LOOKS_EVERY, Attempt, Owed, attempt_with, attempts_of, change, locked
from club.payments.service.settling import settle
from club.payments.service.trying import count_page_in
from club.payments.troubles import UNKNOWN, OurMistake, StripeTrouble, TryLater
from club.payments.values import Asker, PayableLine, PayableOrder, SessionStatus, Urls
from club.payments.values import Session as Page
from club.programme.models import the_club

log = logging.getLogger(__name__)

INSTALL = "club"
PAGE_STAYS = timedelta(minutes=31)
"""Stripe's shortest is 30 minutes; goods are not held longer than needed."""

MOST_ATTEMPTS = 5
_TRIES = 3
_LONGEST_NAME = 250


def start(db: Session, order_id: int, urls: Urls, gateway: Gateway, now: datetime, asker: Asker | None = None) -> str:
    """The address of the payment page: the open one again while it lives, else a new one.

    Raises `NotFound`, `NotPayable` for an order that waits for no card, or has been paid meanwhile, `TooManyTries`
    where `asker`, or whoever gave this e-mail address, tried too many cards, and `StripeTrouble`: the order stays, and
    whoever asks again goes on where this stopped.
    """
    for _ in range(_TRIES):
        attempt = _prepared(db, order_id, asker, now)
        if attempt.session_id is None:
            address = _opened(db, attempt, urls, gateway, now)
        else:
            address = _still_open(db, attempt, gateway, now)
        if address:
            return address
    raise NotPayable


def _prepared(db: Session, order_id: int, asker: Asker | None, now: datetime) -> Attempt:
    """The attempt that is under way, or the next one, written down with its key before anybody is asked."""
    with transaction(db) as tx:
        order = locked(tx, order_id)
        if order.state != State.PENDING or order.pay_by != PayBy.CARD or not payment_begun_in(tx, order_id):
            raise NotPayable
        known = attempts_of(tx, order_id)
        if known and known[-1].state in LIVE and not _is_lost(known[-1], now):
            return known[-1]
        if known and known[-1].state == "made":
            change(tx, known[-1].id, state="closed", trouble="lost")
        if len(known) >= MOST_ATTEMPTS:
            raise NotPayable
        payment_id = _next_attempt(tx, order, len(known) + 1, now)
        if asker is not None:
            count_page_in(tx, order_id, payment_id, asker, now)
        return attempts_of(tx, order_id)[-1]


def _is_lost(attempt: Attempt, now: datetime) -> bool:
    """Its key may be forgotten: the same would be done once more. Its page was never shown to anybody."""
    sent = attempt.first_sent_at
    return attempt.session_id is None and sent is not None and not is_key_known(sent, now)


def _next_attempt(tx: Transaction, order: Owed, number: int, now: datetime) -> int:
    payment_id: int = tx.execute(
        insert(Payment)
        .values(
            order_id=order.id,
            attempt=number,
            key=idempotency_key(INSTALL, order.number, "session", number),
            state="made",
            url="",
            amount=order.by_card,
            currency=order.currency,
            received=0,
            refunded=0,
            is_surplus=False,
            trouble="",
            made_at=now,
            first_sent_at=now,
            closes_at=now + PAGE_STAYS,
            next_look_at=now + PAGE_STAYS,
        )
        .returning(Payment.id)
    ).scalar_one()
    return payment_id


def _opened(db: Session, attempt: Attempt, urls: Urls, gateway: Gateway, now: datetime) -> str:
    """Open the page; "" where this attempt is lost and the next one may be made."""
    wanted = _payable(db, attempt, urls)
    db.rollback()
    try:
        page = gateway.create_session(wanted, attempt.key)
    except TryLater as trouble:
        if not trouble.request_id or not trouble.is_outcome_unknown or trouble.code == IN_USE:
            raise
        _give_up(db, attempt, "unanswered", now)  # a failure is kept under its key and would come again
        return ""
    except OurMistake as mistake:
        _give_up(db, attempt, mistake.code[:40] or "refused", now)
        is_old = attempt.first_sent_at is not None and now - attempt.first_sent_at > timedelta(minutes=1)
        if is_old:  # its time has run on since it was first asked for
            return ""
        raise
    if _kept(db, attempt, page, now):
        return page.url
    try:
        gateway.expire_session(page.id, f"{page.id}:expire")
    except StripeTrouble as trouble:
        log.warning("page of payment %s cannot be closed, its order has ended: %s", attempt.id, trouble)
    raise NotPayable


def _kept(db: Session, attempt: Attempt, page: Page, now: datetime) -> bool:
    """Write down which page it is; False where its attempt was closed meanwhile.

    Then it is written down all the same, so that money that comes there is found.
    """
    with transaction(db) as tx:
        tx.execute(
            update(Payment)
            .where(Payment.id == attempt.id, Payment.state == "made")
            .values(
                state="open",
                session_id=page.id,
                url=page.url,
                closes_at=page.expires_at,
                next_look_at=min(now + LOOKS_EVERY, page.expires_at),
            )
        )
        tx.execute(
            update(Payment)
            .where(Payment.id == attempt.id, Payment.session_id.is_(None))
            .values(session_id=page.id, url=page.url)
        )
        return attempt_with(tx, attempt.id).state != "closed"


def _give_up(db: Session, attempt: Attempt, trouble: str, now: datetime) -> None:
    """No page came of it. The order waits as long as the page would have stood, an exchange its days."""
    with transaction(db) as tx:
        order = locked(tx, attempt.order_id)
        if attempt_with(tx, attempt.id).state != "made":
            return  # somebody else's call brought the page
        change(tx, attempt.id, state="closed", trouble=trouble)
        until = max(order.waits_until or now, now + PAGE_STAYS)
        tx.execute(
            update(Order)
            .where(Order.id == attempt.order_id, Order.state == State.PENDING.value)
            .values(expires_at=func.coalesce(Order.expires_at, literal(until, Order.__table__.c.expires_at.type)))
        )


def _still_open(db: Session, attempt: Attempt, gateway: Gateway, now: datetime) -> str:
    """The page that is open already; "" when it is over and another may be opened."""
    assert attempt.session_id is not None
    try:
        page = gateway.retrieve_session(attempt.session_id)
    except TryLater:
        return attempt.url
    except OurMistake as mistake:
        if mistake.code != UNKNOWN:
            raise
        settle(db, attempt.order_id, gateway, now)
        raise NotPayable from mistake
    if page.status is SessionStatus.OPEN:
        return page.url or attempt.url
    settled = settle(db, attempt.order_id, gateway, now)
    if settled.state is not State.PENDING or page.status is SessionStatus.COMPLETE:
        raise NotPayable
    return ""


def _payable(db: Session, attempt: Attempt, urls: Urls) -> PayableOrder:
    """The same for the same attempt, whenever it is asked: Stripe compares."""
    order = db.execute(
        select(
            Order.number, Order.language, Order.goods, Order.discount, Order.points_value, Order.delivery_price,
            Order.method_name, OrderContact.email,
        )
        .join(OrderContact, OrderContact.order_id == Order.id)
        .where(Order.id == attempt.order_id)
    ).one()  # fmt: skip
    language, usual = order.language, the_club(db).main_language
    whole = (PayableLine(name=order.number, quantity=1, unit_amount=attempt.amount),)
    lines: tuple[PayableLine, ...] = ()
    if not order.discount and not order.points_value:
        way = (order.method_name.into(language, usual) or order.number)[:_LONGEST_NAME]
        lines = _lines(db, attempt.order_id, language, usual)
        lines += (PayableLine(name=way, quantity=1, unit_amount=order.delivery_price),) * bool(order.delivery_price)
    return PayableOrder(
        reference=order.number,
        lines=lines if sum(line.amount for line in lines) == attempt.amount else whole,
        amount=attempt.amount,
        currency=attempt.currency,
        locale=language,
        email=order.email,
        success_url=urls.success,
        cancel_url=urls.cancel,
        expires_at=attempt.closes_at,
    )


def _lines(db: Session, order_id: int, language: str, usual: str) -> tuple[PayableLine, ...]:
    asked = (
        select(OrderLine.name, OrderLine.sku, OrderLine.quantity, OrderLine.unit_price)
        .where(OrderLine.order_id == order_id, OrderLine.unit_price > 0)
        .order_by(OrderLine.position)
    )
    return tuple(
        PayableLine(name=(name.into(language, usual) or sku)[:_LONGEST_NAME], quantity=quantity, unit_amount=unit_price)
        for name, sku, quantity, unit_price in db.execute(asked)
    )
