"""Carts and their lines. No price stands here as truth: only the one that was shown last."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    LargeBinary,
    Row,
    String,
    and_,
    bindparam,
    func,
    select,
    text,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from club.carts.rules import MOST_PIECES
from club.database import NEVER_REUSED, Base, BigId

LONGEST_CLAIM = 64
LONGEST_TOKEN = 100


class Cart(Base):
    """A member's cart, or a guest's, who is known by the token in a cookie.

    Without a claim it is open. With one it is frozen: an order of this claim waits for its payment. Closed, it became
    that order. A member has one open cart at most.
    """

    __tablename__ = "cart"
    __table_args__ = (
        CheckConstraint("person_id IS NULL OR token_digest IS NULL", name="one_owner"),
        CheckConstraint("closed_at IS NULL OR claim IS NOT NULL", name="closed_by_a_claim"),
        CheckConstraint("(claim IS NULL) = (claimed_at IS NULL)", name="claimed_at_some_time"),
        CheckConstraint("points_wanted >= 0", name="points_positive"),
        Index(
            "uq_cart_person_id",
            "person_id",
            unique=True,
            sqlite_where=text("claim IS NULL"),
            postgresql_where=text("claim IS NULL"),
        ),
        Index("uq_cart_token_digest", "token_digest", unique=True),
        Index("ix_cart_person_id", "person_id"),
        Index("ix_cart_kept_until", "kept_until"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    token_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    points_wanted: Mapped[int] = mapped_column(BigId, default=0)
    voucher_ids: Mapped[list[int]] = mapped_column(JSON, default=list, server_default="[]")
    """Vouchers that its member chose for it."""
    claim: Mapped[str | None] = mapped_column(String(LONGEST_CLAIM))
    claimed_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    kept_until: Mapped[datetime]


class CartLine(Base):
    """So many pieces of one variant. What was taken out last stays with its moment, so that it can be brought back."""

    __tablename__ = "cart_line"
    __table_args__ = (
        CheckConstraint(f"quantity BETWEEN 1 AND {MOST_PIECES}", name="quantity_in_bounds"),
        CheckConstraint("shown_price IS NULL OR shown_price >= 0", name="shown_price_positive"),
        Index("ix_cart_line_variant_id", "variant_id"),
    )

    cart_id: Mapped[int] = mapped_column(ForeignKey("cart.id", ondelete="CASCADE"), primary_key=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id"), primary_key=True)
    quantity: Mapped[int]
    shown_price: Mapped[int | None] = mapped_column(BigId)
    """Minor units of one piece."""
    added_at: Mapped[datetime]
    added_by: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    """Digest of the form that put it in last: the same form sent again puts nothing in."""
    removed_at: Mapped[datetime | None]


@dataclass(frozen=True)
class Owner:
    """Whose cart: a member's, else that of a browser with this token; neither has none yet."""

    person_id: int | None = None
    token: str | None = None


@dataclass(frozen=True)
class LineView:
    """One line as it is stored."""

    variant_id: int
    quantity: int
    shown_price: int | None
    added_by: bytes | None
    removed_at: datetime | None


@dataclass(frozen=True)
class CartView:
    """A cart as it is stored; `removed` was taken out last and can be brought back."""

    id: int
    person_id: int | None
    points_wanted: int
    is_frozen: bool
    lines: tuple[LineView, ...]
    removed: tuple[LineView, ...]
    voucher_ids: tuple[int, ...] = ()

    @property
    def pieces(self) -> int:
        """How many there are in all."""
        return sum(line.quantity for line in self.lines)


# --- queries

_CART, _LINE = Cart.__table__.c, CartLine.__table__.c
_JOINED = Cart.__table__.outerjoin(CartLine.__table__, _LINE.cart_id == _CART.id)
_WHOLE = select(
    _CART.id,
    _CART.person_id,
    _CART.points_wanted,
    _CART.claim,
    _CART.voucher_ids,
    _LINE.variant_id,
    _LINE.quantity,
    _LINE.shown_price,
    _LINE.added_by,
    _LINE.removed_at,
).select_from(_JOINED)
_IS_LIVE = and_(_CART.closed_at.is_(None), (_CART.kept_until > bindparam("now")) | _CART.claim.is_not(None))
_PIECES = (
    select(_CART.id, func.coalesce(func.sum(_LINE.quantity), 0).label("pieces"))
    .select_from(
        Cart.__table__.outerjoin(CartLine.__table__, and_(_LINE.cart_id == _CART.id, _LINE.removed_at.is_(None)))
    )
    .where(_IS_LIVE)
    .group_by(_CART.id, _CART.claim)
    .order_by(_CART.claim.is_not(None), _CART.id.desc())
    .limit(1)
)
_LINES_IN_ORDER = _WHOLE.where(_IS_LIVE).order_by(
    _CART.claim.is_not(None), _CART.id.desc(), _LINE.added_at, _LINE.variant_id
)
_OF_MEMBER, _OF_BROWSER = _CART.person_id == bindparam("person_id"), _CART.token_digest == bindparam("digest")
_PIECES_OF_MEMBER, _PIECES_OF_BROWSER = _PIECES.where(_OF_MEMBER), _PIECES.where(_OF_BROWSER)
_CART_OF_MEMBER, _CART_OF_BROWSER = _LINES_IN_ORDER.where(_OF_MEMBER), _LINES_IN_ORDER.where(_OF_BROWSER)

_CART_WITH = _WHOLE.where(_CART.id == bindparam("cart")).order_by(_LINE.added_at, _LINE.variant_id)


def cart_of(db: Session, owner: Owner, now: datetime) -> CartView | None:
    """The cart with its lines in the order in which they were put in, one query; none without a query for nobody.

    The open one; while a payment is open and nothing new was begun, the frozen one.
    """
    if owner == Owner():
        return None
    asked = _CART_OF_BROWSER if owner.person_id is None else _CART_OF_MEMBER
    rows = db.execute(asked, _known_of(owner, now)).all()
    return _seen([row for row in rows if row.id == rows[0].id]) if rows else None


def pieces_of(db: Session, owner: Owner, now: datetime) -> int:
    """How many things are in the cart, for the head of every page: one query, none for nobody."""
    if owner == Owner():
        return 0
    asked = _PIECES_OF_BROWSER if owner.person_id is None else _PIECES_OF_MEMBER
    row = db.execute(asked, _known_of(owner, now)).one_or_none()
    return int(row.pieces) if row else 0


def cart_with(db: Session, cart_id: int) -> CartView | None:
    """One cart by its id, whoever has it."""
    rows = db.execute(_CART_WITH, {"cart": cart_id}).all()
    return _seen(rows) if rows else None


def digest_of(token: str) -> bytes:
    """What of a token is stored."""
    return sha256(token[:LONGEST_TOKEN].encode()).digest()


def owned_by(owner: Owner) -> ColumnElement[bool]:
    """Carts of this member or of this browser."""
    if owner.person_id is not None:
        return _CART.person_id == owner.person_id
    return _CART.token_digest == digest_of(owner.token or "")


def _known_of(owner: Owner, now: datetime) -> dict[str, object]:
    if owner.person_id is not None:
        return {"person_id": owner.person_id, "now": now}
    return {"digest": digest_of(owner.token or ""), "now": now}


def _seen(rows: Sequence[Row[*tuple[Any, ...]]]) -> CartView:
    first = rows[0]
    lines = [
        LineView(row.variant_id, row.quantity, row.shown_price, row.added_by, row.removed_at)
        for row in rows
        if row.variant_id is not None
    ]
    return CartView(
        id=first.id,
        person_id=first.person_id,
        points_wanted=first.points_wanted,
        is_frozen=first.claim is not None,
        lines=tuple(line for line in lines if line.removed_at is None),
        removed=tuple(line for line in lines if line.removed_at is not None),
        voucher_ids=tuple(first.voucher_ids),
    )
