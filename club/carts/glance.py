"""What stands at the head of every page of a member: points, tier, pieces in the cart. One question for all three."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session, aliased

from club.carts.models import Cart, CartLine
from club.errors import NotFound
from club.points.models import BalanceView
from club.points.models.queries import BALANCE, balance_from
from club.tiers.models import NEWEST_STATUS, Status, StatusView, status_from


@dataclass(frozen=True)
class Glance:
    """Of one member, on a day."""

    balance: BalanceView
    status: StatusView
    pieces: int


_HELD = aliased(Status)
_STATUS = (_HELD.id, _HELD.rung_key, _HELD.version_id, _HELD.since, _HELD.until, _HELD.how)
_CART = (
    select(Cart.id)
    .where(
        Cart.person_id == bindparam("member_id"),
        Cart.closed_at.is_(None),
        (Cart.kept_until > bindparam("now", type_=Cart.kept_until.type)) | Cart.claim.is_not(None),
    )
    .order_by(Cart.claim.is_not(None), Cart.id.desc())
    .limit(1)
    .scalar_subquery()
)
_PIECES = (
    select(func.coalesce(func.sum(CartLine.quantity), 0))
    .where(CartLine.cart_id == _CART, CartLine.removed_at.is_(None))
    .scalar_subquery()
)
_ALL = (
    BALANCE.add_columns(*_STATUS, _PIECES.label("pieces"))
    .outerjoin(_HELD, _HELD.id == NEWEST_STATUS.scalar_subquery())
    .group_by(*_STATUS)
)


def glance_of(db: Session, person_id: int, day: date, now: datetime) -> Glance:
    """Raises `NotFound` for who has no account of points."""
    rows = db.execute(_ALL, {"member_id": person_id, "day": day, "now": now}).all()
    if not rows:
        raise NotFound
    first = rows[0]
    return Glance(
        balance=balance_from(rows, day),
        status=status_from(db, None if first.id is None else first, day),
        pieces=int(first.pieces),
    )
