"""What the staff's pages ask about friends: the list, one of them with its evidence, what terms would cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, Select, case, func, select
from sqlalchemy.orm import Session

from club.errors import NotFound
from club.members.models import Person
from club.offers.models import OfferRow
from club.purchases.models import Purchase
from club.referrals.models import REFERRALS
from club.referrals.rules import Evidence, Reward, RewardKind, State
from club.texts import Texts

_R = REFERRALS.c
_FRIEND, _REFERRER = Person.__table__.alias("friend"), Person.__table__.alias("referrer")


@dataclass(frozen=True)
class Listed:
    """One line of the staff's list."""

    id: int
    state: State
    cause: str
    way: str
    referrer_id: int
    referrer: str
    friend_id: int | None
    friend: str | None
    invited_at: datetime | None
    joined_at: datetime | None
    joined_on: date | None
    bought_on: date | None
    due_on: date | None
    rewarded_at: datetime | None
    referrer_points: int
    friend_points: int
    evidence: tuple[Evidence, ...]
    is_over_limit: bool
    is_approved: bool
    terms_id: int
    purchase_id: int | None
    taken_back_at: datetime | None
    decided_at: datetime | None
    decided_by: int | None
    version: int
    friend_voucher_id: int | None
    referrer_voucher_id: int | None


@dataclass(frozen=True)
class Wanted:
    """What the staff's list is narrowed to."""

    state: State | None = None
    referrer_id: int | None = None


def referrals(db: Session, wanted: Wanted, limit: int, offset: int = 0) -> list[Listed]:
    """The newest first; those to be looked at the oldest first."""
    asked = _listed()
    if wanted.state is not None:
        asked = asked.where(_R.state == wanted.state.value)
    if wanted.referrer_id is not None:
        asked = asked.where(_R.referrer_id == wanted.referrer_id)
    order = _R.id.asc() if wanted.state is State.REVIEW else _R.id.desc()
    return [_listed_in(row) for row in db.execute(asked.order_by(order).limit(limit).offset(offset))]


def the_referral(db: Session, referral_id: int) -> Listed:
    """One friend. Raises `NotFound`."""
    row = db.execute(_listed().where(_R.id == referral_id)).one_or_none()
    if row is None:
        raise NotFound
    return _listed_in(row)


def counted(db: Session) -> dict[State, int]:
    """How many stand where; every state is there."""
    found = {State(row[0]): row[1] for row in db.execute(select(_R.state, func.count()).group_by(_R.state))}
    return {state: found.get(state, 0) for state in State}


def _listed() -> Select[Any]:
    return (
        select(REFERRALS, _REFERRER.c.full_name.label("referrer"), _FRIEND.c.full_name.label("friend"))
        .join(_REFERRER, _REFERRER.c.id == _R.referrer_id)
        .outerjoin(_FRIEND, _FRIEND.c.id == _R.friend_id)
    )


def _listed_in(row: Row[Any]) -> Listed:
    return Listed(
        id=row.id, state=State(row.state), cause=row.cause, way=row.way, referrer_id=row.referrer_id,
        referrer=row.referrer, friend_id=row.friend_id, friend=row.friend, invited_at=row.invited_at,
        joined_at=row.joined_at, joined_on=row.joined_on, bought_on=row.bought_on, due_on=row.due_on,
        rewarded_at=row.rewarded_at, referrer_points=row.referrer_points, friend_points=row.friend_points,
        evidence=tuple(Evidence.from_row(one) for one in row.evidence), is_over_limit=row.is_over_limit,
        is_approved=row.is_approved, terms_id=row.terms_id, purchase_id=row.purchase_id,
        taken_back_at=row.taken_back_at, decided_at=row.decided_at, decided_by=row.decided_by, version=row.version,
        friend_voucher_id=row.friend_voucher_id, referrer_voucher_id=row.referrer_voucher_id,
    )  # fmt: skip


# --- the editor


@dataclass(frozen=True)
class LastYear:
    """Whoever joined in the last twelve months, and what would have counted of them."""

    joined: int
    bought: int
    """Of them, with a purchase of at least the minimum that was not given back."""
    brought: int
    """Of them, came by a member's code."""


def last_year(db: Session, least_amount: int, first: date, last: date) -> LastYear:
    """What the effect of terms is reckoned from: three counts along indexes."""
    joined = Person.joined_on.between(first, last)
    bought = (
        select(Purchase.id)
        .where(
            Purchase.member_id == Person.id,
            Purchase.bought_on >= Person.joined_on,
            Purchase.net_amount >= max(least_amount, 1),
        )
        .exists()
    )
    brought = select(_R.id).where(_R.friend_id == Person.id).exists()
    row = db.execute(
        select(
            func.count().label("joined"),
            func.count(case((bought, 1))).label("bought"),
            func.count(case((brought, 1))).label("brought"),
        )
        .select_from(Person)
        .where(joined)
    ).one()
    return LastYear(row.joined, row.bought, row.brought)


def offer_titles(db: Session, rewards: Sequence[Reward]) -> dict[int, Texts]:
    """Offer → title, of rewards that are vouchers."""
    ids = {one.offer_id for one in rewards if one.kind is RewardKind.VOUCHER and one.offer_id is not None}
    if not ids:
        return {}
    return {row[0]: row[1] for row in db.execute(select(OfferRow.id, OfferRow.title).where(OfferRow.id.in_(ids)))}
