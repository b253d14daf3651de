"""Money goes back: asked for in the transaction of its cause, its state taken from Stripe. sending.py sends it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import CursorResult, and_, func, insert, literal, or_, select, update
from sqlalchemy.orm import Session

from club.audit import record
from club.database import Transaction, transaction
from club.errors import NotFound, RefundTooHigh
from club.orders import credit
from club.orders.models import OrderMove
from club.orders.rules import Actor, Move, PayBy
from club.orders.service import money_went_back
from club.payments.models import Dispute, Payment, Refund
from club.payments.rules import idempotency_key
from club.payments.service.attempts import Attempt, Owed, attempt_with, attempts_of, locked, owed
from club.payments.service.telling import money_back, tell_refund_in
from club.payments.values import Refund as Said
from club.payments.values import RefundStatus
from club.permissions import Permission, Role, require

SURPLUS, OUTSIDE = "surplus", "outside"
MORE = "+"
"""Behind the cause of money that goes back in several parts."""
LOOKS_AGAIN = timedelta(minutes=30)
"""How often Stripe is asked what became of a refund that it has."""
_INSTALL = "club"
_STATES = {
    RefundStatus.PENDING: "sent",
    RefundStatus.NEEDS_ACTION: "sent",
    RefundStatus.SUCCEEDED: "done",
    RefundStatus.FAILED: "failed",
    RefundStatus.CANCELED: "failed",
}
LOST = {RefundStatus.FAILED, RefundStatus.CANCELED}
PAID_OUT = "paid_out"
"""The card did not take it, and staff gave it back by hand: what Stripe says of the failure is over."""
_R, _P = Refund.__table__.c, Payment.__table__.c


# --- asking for it


def ask_refund_in(  # noqa: PLR0917 - one argument a fact
    tx: Transaction, order_id: int, amount: int, cause_kind: str, cause_id: int, by: int | None, why: str, now: datetime
) -> int | None:
    """Money of an order goes back for a cause, once; the refund's id, None where none is needed.

    An order on account owes less first. Money that came by hand goes back by hand. The worker sends the rest. Raises
    `NotFound`, and `RefundTooHigh` for more than came in and is still there; what a bank took back is not.
    """
    known: int | None = tx.scalar(select(_R.id).where(_R.cause_kind == cause_kind, _R.cause_id == cause_id))
    if known is not None:
        return known
    order = locked(tx, order_id)
    if order.pay_by == PayBy.ACCOUNT:
        amount -= credit.give_back_in(tx, order_id, amount, now)
    if amount <= 0:
        return None
    left = left_of(tx, order)
    if amount > left:
        raise RefundTooHigh(left)
    money_went_back(tx, order_id, amount)
    refund_id = give_from_in(tx, order, parts_of(tx, order, amount), (cause_kind, cause_id), by, now)
    _move(tx, order_id, amount, refund_id, by, now)
    record(
        tx, "order.refunded", "order", order_id, by=by, now=now, why=why, person_id=order.person_id, amount=amount,
        refund=refund_id,
    )  # fmt: skip
    return refund_id


def parts_of(tx: Transaction, order: Owed, amount: int) -> list[tuple[Attempt | None, int]]:
    """From which payments so much goes back: the order's own, then those of the orders that paid for it by an exchange.

    What neither has goes back by hand.
    """
    parts: list[tuple[Attempt | None, int]] = []
    seen: Owed | None = order
    while seen is not None and amount:
        paid = next((one for one in attempts_of(tx, seen.id) if one.state == "paid" and not one.is_surplus), None)
        before = None if seen.exchange_of is None else owed(tx, seen.exchange_of)
        if paid is not None:
            is_only = order.exchange_of is None
            part = amount if is_only else min(amount, _there(tx, paid))
            parts += [(paid, part)] if part else []
            amount -= part
        seen = before
    return [*parts, (None, amount)] if amount else parts


def _there(tx: Transaction, paid: Attempt) -> int:
    """What of a payment neither went back nor was taken back by a bank."""
    lost = tx.scalar(
        select(func.coalesce(func.sum(Dispute.amount), 0)).where(Dispute.payment_id == paid.id, Dispute.state == "lost")
    )
    return max(0, paid.received - paid.refunded - int(lost or 0))


def give_from_in(
    tx: Transaction, order: Owed, parts: Sequence[tuple[Attempt | None, int]], cause: tuple[str, int],
    by: int | None, now: datetime,
) -> int:  # fmt: skip
    """A row for each part; the first carries the cause's own name, each further one a plus more. The first one's id."""
    kind, cause_id = cause
    ids = [
        _write(tx, order, None, part, kind + MORE * place, cause_id, by, now)
        if paid is None
        else send_back_in(tx, order, paid, part, kind + MORE * place, cause_id, by, now)
        for place, (paid, part) in enumerate(parts)
    ]
    return ids[0]


def left_of(tx: Transaction, order: Owed) -> int:
    """What came in and is still there: neither sent back nor taken back by a bank."""
    return max(0, order.paid - order.refunded - _lost_of(tx, order))


def _lost_of(tx: Transaction, order: Owed) -> int:
    """What is gone beside what the order counts: taken by a bank, or sent back in Stripe's pages though it was carried.

    Of what another order carries here, as much as that one lacks itself.
    """
    lost = tx.scalar(
        select(func.coalesce(func.sum(Dispute.amount), 0)).where(Dispute.order_id == order.id, Dispute.state == "lost")
    )
    before = owed(tx, order.exchange_of) if order.exchange_of is not None and order.carried else None
    if before is None:
        return int(lost or 0)
    return int(lost or 0) + min(order.carried, gone_beyond(tx, before))


def gone_beyond(tx: Transaction, order: Owed) -> int:
    """What banks took and staff sent back in Stripe's own pages beyond what the order had left."""
    return max(0, sent_beyond(tx, order) + _lost_of(tx, order) - (order.paid - order.refunded))


def sent_beyond(tx: Transaction, order: Owed) -> int:
    """What went back in Stripe's own pages beyond what the order had left: another order carried it."""
    sent = tx.scalar(
        select(func.coalesce(func.sum(_R.amount), 0))
        .outerjoin(Payment, _P.id == _R.payment_id)
        .where(_R.order_id == order.id, or_(_R.payment_id.is_(None), and_(_P.state == "paid", ~_P.is_surplus)))
    )
    return max(0, int(sent or 0) - order.refunded)


def send_back_in(  # noqa: PLR0917 - one argument a fact
    tx: Transaction, order: Owed, one: Attempt, amount: int, cause_kind: str, cause_id: int, by: int | None,
    now: datetime,
) -> int:  # fmt: skip
    """Part of a payment goes back to its card; never more than is left of it. Raises `RefundTooHigh`."""
    count_on_payment(tx, one.id, amount)
    return _write(tx, order, one.id, amount, cause_kind, cause_id, by, now)


def count_on_payment(tx: Transaction, payment_id: int, amount: int) -> None:
    """So much of a payment is on its way back; never more than came. Raises `RefundTooHigh`."""
    guarded = (
        update(Payment)
        .where(_P.id == payment_id, _P.refunded + amount <= _P.received)
        .values(refunded=_P.refunded + amount)
    )
    if cast("CursorResult[tuple[()]]", tx.execute(guarded)).rowcount != 1:
        left = tx.scalar(select(_P.received - _P.refunded).where(_P.id == payment_id))
        raise RefundTooHigh(left or 0)


def _write(  # noqa: PLR0917 - one argument a column
    tx: Transaction, order: Owed, payment_id: int | None, amount: int, cause_kind: str, cause_id: int,
    by: int | None, now: datetime,
) -> int:  # fmt: skip
    number = (tx.scalar(select(func.count()).select_from(Refund).where(_R.order_id == order.id)) or 0) + 1
    row = {
        "order_id": order.id,
        "payment_id": payment_id,
        "amount": amount,
        "currency": order.currency,
        "cause_kind": cause_kind,
        "cause_id": cause_id,
        "state": "by_hand" if payment_id is None else "waiting",
        "attempt": 1,
        "key": idempotency_key(_INSTALL, order.number, f"refund-{number}", 1),
        "must_look": False,
        "next_try_at": now,
        "tries": 0,
        "trouble": "",
        "made_at": now,
        "made_by": by,
    }
    refund_id: int = tx.execute(insert(Refund).values(row).returning(_R.id)).scalar_one()
    return refund_id


def _move(tx: Transaction, order_id: int, amount: int, refund_id: int, by: int | None, now: datetime) -> None:
    actor = Actor.SYSTEM if by is None else Actor.STAFF
    numbers = {"amount": amount, "refund": refund_id}
    row = {"order_id": order_id, "at": now, "kind": Move.REFUNDED.value, "actor": actor.value, "by": by}
    tx.execute(insert(OrderMove).values(**row, numbers=numbers))


# --- what Stripe says about it


def take_refunds_in(tx: Transaction, order_id: int, one: Attempt, said: Sequence[Said], now: datetime) -> None:
    """Bring our rows to what Stripe has; what was sent back in Stripe's own pages is written down too."""
    for refund in reversed(said):
        same = select(_R.id).where((_R.stripe_id == refund.id) | (_R.key == refund.key))
        if refund.status in LOST:
            lost = same.where(_R.trouble != PAID_OUT, func.coalesce(_R.stripe_id, refund.id) == refund.id)
            known = tx.scalar(lost)
            is_new = tx.scalar(same) is None and not prefix_of(refund.key) and not _is_made_good(refund, said)
            is_new = is_new and not _was_sent_again(tx, one, refund)
        else:
            known, is_new = tx.scalar(same) or _meant(tx, one, refund), True
        if known is not None:
            take_state_in(tx, known, refund, now)
        elif is_new:
            _from_outside(tx, order_id, one, refund, now)


def _is_made_good(lost: Said, said: Sequence[Said]) -> bool:
    """Whether the same was sent once more in Stripe's own pages, and went through; the latest stand first."""
    later = said[: said.index(lost)]
    return any(one.amount == lost.amount and one.status not in LOST and not prefix_of(one.key) for one in later)


def _was_sent_again(tx: Transaction, one: Attempt, lost: Said) -> bool:
    """Whether it is what staff sent in Stripe's own pages, came back, and was sent once more from here."""
    again = select(_R.id).where(
        _R.payment_id == one.id, _R.cause_kind == OUTSIDE, _R.amount == lost.amount, _R.attempt > 1
    )
    return tx.scalar(again.limit(1)) is not None


def _meant(tx: Transaction, one: Attempt, said: Said) -> int | None:
    """The refund of ours that this one is, although we know neither its key nor its id.

    An earlier try of one that is still to be sent, or staff sent in Stripe's own pages what had come back.
    """
    of_this = select(_R.id).where(_R.payment_id == one.id, _R.amount == said.amount).order_by(_R.id).limit(1)
    prefix = prefix_of(said.key)
    if not prefix:
        return tx.scalar(of_this.where(_R.state == "failed"))
    to_send = _R.state.in_(("waiting", "failed"))
    return tx.scalar(of_this.where(to_send, _R.key.startswith(prefix, autoescape=True)))


def prefix_of(key: str) -> str:
    """What the keys of all tries of one refund begin with; "" for a key that is not ours."""
    prefix, colon, _attempt = key.rpartition(":")
    return prefix + colon


def take_state_in(tx: Transaction, refund_id: int, said: Said, now: datetime) -> None:
    """One refund as Stripe has it now."""
    state = _STATES[said.status]
    tx.execute(
        update(Refund)
        .where(_R.id == refund_id)
        .values(
            state=state,
            stripe_id=said.id,
            must_look=False,
            trouble=said.failure[:64],
            next_try_at=now + LOOKS_AGAIN,
            done_at=func.coalesce(_R.done_at, literal(now, _R.done_at.type)) if state == "done" else None,
        )
    )


def _from_outside(tx: Transaction, order_id: int, one: Attempt, said: Said, now: datetime) -> None:
    order, one = locked(tx, order_id), attempt_with(tx, one.id)
    amount = min(said.amount, one.received - one.refunded, one.received)
    if amount <= 0:
        return
    refund_id = send_back_in(tx, order, one, amount, OUTSIDE, one.id, None, now)
    if one.state == "paid" and not one.is_surplus:
        counted = min(amount, order.paid - order.refunded)  # another order may have carried the rest away
        if counted > 0:
            money_went_back(tx, order_id, counted)
        _move(tx, order_id, amount, refund_id, None, now)
        if said.status not in LOST:
            told = money_back(tx, order_id, amount, refund_id)
            tell_refund_in(tx, order_id, told, f"refund:{refund_id}", now, follows=True)
    take_state_in(tx, refund_id, said, now)


# --- what staff do about it


def send_again(db: Session, refund_id: int, by: int, role: Role | None, now: datetime) -> None:
    """A refund that came back is tried once more, after a look whether it was made. Raises `NotAllowed`, `NotFound`."""
    require(role, Permission.REFUND_ORDERS)
    with transaction(db) as tx:
        row = tx.execute(
            select(_R.order_id, _R.attempt, _R.key)
            .where(_R.id == refund_id, _R.state == "failed", _R.payment_id.is_not(None))
            .with_for_update()
        ).one_or_none()
        if row is None:
            raise NotFound
        key = f"{row.key.rpartition(':')[0]}:{row.attempt + 1}"
        values = {"state": "waiting", "attempt": row.attempt + 1, "key": key, "stripe_id": None, "first_sent_at": None}
        tx.execute(update(Refund).where(_R.id == refund_id).values(**values, next_try_at=now, tries=0, must_look=True))
        record(tx, "refund.again", "order", row.order_id, by=by, now=now, refund=refund_id)


def paid_out(db: Session, refund_id: int, by: int, role: Role | None, now: datetime) -> None:
    """Staff gave the money back by hand. Raises `NotAllowed`, `NotFound`."""
    require(role, Permission.REFUND_ORDERS)
    with transaction(db) as tx:
        row = tx.execute(
            update(Refund)
            .where(_R.id == refund_id, _R.state.in_(("by_hand", "failed")))
            .values(state="done", done_at=now, trouble=PAID_OUT)
            .returning(_R.order_id, _R.amount)
        ).one_or_none()
        if row is None:
            raise NotFound
        record(tx, "refund.by_hand", "order", row.order_id, by=by, now=now, refund=refund_id, amount=row.amount)
