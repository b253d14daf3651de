"""Attempts to be paid by card, what Stripe said about them, money that goes back, and disputes.

An attempt's row and key are written before Stripe is asked; what Stripe answers is written after. Nothing here is
personal.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from club.database import NEVER_REUSED, Base, BigId
from club.payments.rules import LONGEST_KEY

LONGEST_ID = 255
LONGEST_KIND = 64

FOUND = "payment_intent.found"
"""What money is called among the messages that none told of; Stripe has no such kind."""

_WAITS = "state IN ('made', 'open')"
_REFUSED = "declines > 0"
_WITH_CARD = "card IS NOT NULL"
_TO_SEND = "state IN ('waiting', 'sent')"
_OURS = "cause_kind <> 'outside'"


class Payment(Base):
    """One attempt to be paid by card: one visit to the payment page."""

    __tablename__ = "payment"
    __table_args__ = (
        UniqueConstraint("order_id", "attempt"),
        CheckConstraint("state IN ('made', 'open', 'paid', 'closed', 'strange')", name="state_known"),
        CheckConstraint("amount > 0 AND attempt > 0", name="amount_positive"),
        CheckConstraint("received >= 0 AND refunded >= 0 AND refunded <= received", name="money_in_range"),
        CheckConstraint("(state = 'paid') = (paid_at IS NOT NULL)", name="paid_at_some_time"),
        CheckConstraint("state <> 'made' OR session_id IS NULL", name="made_without_page"),
        Index("ix_payment_next_look_at", "next_look_at", sqlite_where=text(_WAITS), postgresql_where=text(_WAITS)),
        Index("ix_payment_state", "state", "id"),
        Index("ix_payment_card", "paid_at", sqlite_where=text(_WITH_CARD), postgresql_where=text(_WITH_CARD)),
        Index("ix_payment_declines", "id", sqlite_where=text(_REFUSED), postgresql_where=text(_REFUSED)),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("shop_order.id"))
    attempt: Mapped[int]
    key: Mapped[str] = mapped_column(String(LONGEST_KEY), unique=True)
    """The idempotency key under which the page was asked for."""
    state: Mapped[str] = mapped_column(String(8))
    """made: asked for, no answer yet; open: there is a page; paid; closed: no money can come any more; strange: money
    came that does not fit the order, so nothing was done for it."""
    session_id: Mapped[str | None] = mapped_column(String(LONGEST_ID), unique=True)
    intent_id: Mapped[str | None] = mapped_column(String(LONGEST_ID), unique=True)
    url: Mapped[str] = mapped_column(Text, default="")
    amount: Mapped[int] = mapped_column(BigId)
    currency: Mapped[str] = mapped_column(String(3))
    received: Mapped[int] = mapped_column(BigId, default=0)
    refunded: Mapped[int] = mapped_column(BigId, default=0)
    """Of what was received: what went back or is on its way back."""
    is_surplus: Mapped[bool] = mapped_column(default=False)
    """The order was paid already: this money goes back by itself, and the sums of the order do not know it."""
    trouble: Mapped[str] = mapped_column(String(40), default="")
    """What does not fit (amount, currency, mode, reference), or why the card was refused last."""
    declines: Mapped[int] = mapped_column(default=0, server_default="0")
    """How many cards were refused on this page, by what Stripe told."""
    made_at: Mapped[datetime]
    first_sent_at: Mapped[datetime | None]
    closes_at: Mapped[datetime]
    """When the payment page closes."""
    paid_at: Mapped[datetime | None]
    next_look_at: Mapped[datetime]
    """When Stripe is asked next; while somebody asks, when their lease ends."""
    card: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    """The card that paid, as a digest that is compared with others and says nothing else; forgotten after a while."""


class PaymentEvent(Base):
    """A message of Stripe, once; written together with what it led to. Money that none told of has a row as well."""

    __tablename__ = "payment_event"
    __table_args__ = (
        CheckConstraint("outcome IN ('applied', 'ignored', 'quarantined')", name="outcome_known"),
        Index("ix_payment_event_outcome", "outcome", "id"),
        Index("ix_payment_event_order_id", "order_id", "id"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    event_id: Mapped[str] = mapped_column(String(LONGEST_ID), unique=True)
    kind: Mapped[str] = mapped_column(String(LONGEST_KIND))
    object_id: Mapped[str] = mapped_column(String(LONGEST_ID))
    order_id: Mapped[int | None] = mapped_column(ForeignKey("shop_order.id"))
    happened_at: Mapped[datetime]
    heard_at: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(String(12))
    why: Mapped[str] = mapped_column(String(16), default="")
    """Why it was ignored or quarantined."""
    amount: Mapped[int | None] = mapped_column(BigId)
    """What came, where it was found at Stripe and no payment of ours names it; messages have none."""
    currency: Mapped[str | None] = mapped_column(String(3))
    looked_at: Mapped[datetime | None]
    """When one of the staff said that they have seen to it."""


class Refund(Base):
    """Money that goes back. A cause has one refund; asked for again it is the same."""

    __tablename__ = "refund"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'sent', 'done', 'failed', 'by_hand')", name="state_known"),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("state <> 'by_hand' OR payment_id IS NULL", name="by_hand_without_card"),
        Index(
            "uq_refund_cause", "cause_kind", "cause_id", unique=True,
            sqlite_where=text(_OURS), postgresql_where=text(_OURS),
        ),
        Index("ix_refund_next_try_at", "next_try_at", sqlite_where=text(_TO_SEND), postgresql_where=text(_TO_SEND)),
        Index("ix_refund_order_id", "order_id", "id"),
        Index("ix_refund_state", "state", "id"),
        NEVER_REUSED,
    )  # fmt: skip

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("shop_order.id"))
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("payment.id"), index=True)
    """What is sent back; none: money that came by hand goes back by hand."""
    amount: Mapped[int] = mapped_column(BigId)
    currency: Mapped[str] = mapped_column(String(3))
    cause_kind: Mapped[str] = mapped_column(String(16))
    """cancellation, return, late, surplus …; outside: it was begun in Stripe's own pages."""
    cause_id: Mapped[int] = mapped_column(BigId)
    state: Mapped[str] = mapped_column(String(8))
    """waiting: to be sent; sent: Stripe has it; done; failed: it came back; by_hand: staff pay it out."""
    attempt: Mapped[int] = mapped_column(default=1)
    key: Mapped[str] = mapped_column(String(LONGEST_KEY), unique=True)
    stripe_id: Mapped[str | None] = mapped_column(String(LONGEST_ID), unique=True)
    must_look: Mapped[bool] = mapped_column(default=False)
    """It is not known what became of the last call: look before it is sent again."""
    first_sent_at: Mapped[datetime | None]
    next_try_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    trouble: Mapped[str] = mapped_column(String(64), default="")
    made_at: Mapped[datetime]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    done_at: Mapped[datetime | None]


class Dispute(Base):
    """A buyer's bank asks for the money back. The points that the order brought are frozen, and taken if it is lost."""

    __tablename__ = "dispute"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'won', 'lost')", name="state_known"),
        CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed_at_some_time"),
        Index("ix_dispute_order_id", "order_id", "id"),
        Index("ix_dispute_state", "state", "id"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    stripe_id: Mapped[str] = mapped_column(String(LONGEST_ID), unique=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("shop_order.id"))
    payment_id: Mapped[int] = mapped_column(ForeignKey("payment.id"), index=True)
    amount: Mapped[int] = mapped_column(BigId)
    currency: Mapped[str] = mapped_column(String(3))
    reason: Mapped[str] = mapped_column(String(LONGEST_KIND))
    state: Mapped[str] = mapped_column(String(8))
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class DisputeHold(Base):
    """Points that are set aside while a dispute is open."""

    __tablename__ = "dispute_hold"
    __table_args__ = (Index("ix_dispute_hold_dispute_id", "dispute_id"), NEVER_REUSED)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    dispute_id: Mapped[int] = mapped_column(ForeignKey("dispute.id"))
    hold_id: Mapped[int | None] = mapped_column(BigId)
    points: Mapped[int]


class PaymentWatch(Base):
    """How far Stripe's list of events has been read, by the key's account."""

    __tablename__ = "payment_watch"

    name: Mapped[str] = mapped_column(String(16), primary_key=True)
    read_until: Mapped[datetime]
    next_look_at: Mapped[datetime]
