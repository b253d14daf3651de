"""What Stripe says now about the attempts of an order. Only asks; no transaction is open meanwhile."""

from collections.abc import Sequence
from dataclasses import dataclass
from secrets import token_hex

from club.payments.asking import Gateway
from club.payments.service.attempts import LIVE, Attempt
from club.payments.troubles import UNKNOWN, OurMistake
from club.payments.values import Dispute, Intent, IntentStatus, PaymentStatus, Refund, Session, SessionStatus


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One attempt as Stripe has it."""

    payment_id: int
    session: Session | None = None
    intent: Intent | None = None
    refunds: tuple[Refund, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    is_gone: bool = False
    """Stripe does not know this page."""

    @property
    def is_paid(self) -> bool:
        return self.intent is not None and self.intent.status is IntentStatus.SUCCEEDED

    @property
    def is_over(self) -> bool:
        """Nobody can pay there any more."""
        return self.session is not None and self.session.status is SessionStatus.EXPIRED


def look(attempts: Sequence[Attempt], gateway: Gateway, *, is_whole: bool, ends: bool) -> list[Seen]:
    """Ask about every attempt that may have news: those that are open, and with `is_whole` all that had a page.

    `ends`: close what is open first, so that nobody can pay there any more.
    """
    return [
        _seen(one, gateway, ends=ends)
        for one in attempts
        if one.session_id is not None and (one.state in LIVE or is_whole)
    ]


def _seen(one: Attempt, gateway: Gateway, *, ends: bool) -> Seen:
    assert one.session_id is not None
    page = None
    if one.state != "paid" or not one.intent_id:
        page = _page(one.session_id, gateway)
        if page is None:
            return Seen(payment_id=one.id, is_gone=True)
        if ends and page.status is SessionStatus.OPEN:
            page = _closed(one.session_id, gateway)
    intent_id = one.intent_id or (page.intent_id if page else "")
    intent = gateway.retrieve_intent(intent_id) if intent_id else None
    if intent is None or intent.status is not IntentStatus.SUCCEEDED:
        return Seen(payment_id=one.id, session=page, intent=intent)
    return Seen(
        payment_id=one.id,
        session=page,
        intent=intent,
        refunds=tuple(gateway.list_refunds(intent.id)) if intent.refunded or one.refunded else (),
        disputes=tuple(gateway.list_disputes(intent.id)) if intent.is_disputed else (),
    )


def _page(session_id: str, gateway: Gateway) -> Session | None:
    """The page; None for one that Stripe does not know."""
    try:
        return gateway.retrieve_session(session_id)
    except OurMistake as mistake:
        if mistake.code != UNKNOWN:
            raise
        return None


def _closed(session_id: str, gateway: Gateway) -> Session:
    """Closed there, or paid in the moment before.

    Each try has a key of its own: a failure would be played back under its key, and closing twice does no harm.
    """
    try:
        return gateway.expire_session(session_id, f"{session_id}:expire:{token_hex(8)}")
    except OurMistake:
        return gateway.retrieve_session(session_id)


def is_waiting(page: Session) -> bool:
    """It is complete and its money is not there yet."""
    return page.status is SessionStatus.COMPLETE and page.payment_status is PaymentStatus.UNPAID
