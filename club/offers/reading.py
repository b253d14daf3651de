"""What a member sees: offers that run, and vouchers."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, Row, Select, bindparam, case, func, select
from sqlalchemy.orm import Session

from club.catalogue.rules.pricing import Buyer
from club.errors import NotFound
from club.offers.codes import code_typed, in_groups
from club.offers.counting import is_live, is_of_tier, is_picked, uses_of_member, vouchers_of_member
from club.offers.models import OFFERS, PARTNER_CODES, VOUCHERS, view_of
from club.offers.rules import UNDO, Kind, Offer, VoucherState, Way, Who, is_held_back


@dataclass(frozen=True)
class VoucherView:
    """A voucher with its offer."""

    id: int
    code: str
    person_id: int
    offer_id: int
    offer: Offer
    stored: VoucherState
    made_at: datetime
    good_until: date | None
    points: int
    partner_code: str | None
    cause_kind: str | None
    cause_id: int | None
    ended_at: datetime | None
    is_offer_ended: bool

    @property
    def shown_code(self) -> str:
        """The code in groups."""
        return in_groups(self.code)

    def state(self, day: date) -> VoucherState:
        """As it is on a day: one that is over is expired even before the night has noted it."""
        if self.stored is not VoucherState.ACTIVE:
            return self.stored
        if self.is_offer_ended and self.offer.kind is not Kind.PARTNER:
            return VoucherState.ENDED
        is_over = self.good_until is not None and self.good_until < day
        return VoucherState.EXPIRED if is_over else VoucherState.ACTIVE

    def can_be_undone(self, now: datetime) -> bool:
        """Whether its member can still take it back: within minutes, what cost no points and told no code."""
        is_free = not self.points and self.offer.way is Way.ACTIVATE and self.offer.kind is not Kind.PARTNER
        return (
            is_free and not self.offer.only_given and self.stored is VoucherState.ACTIVE and now < self.made_at + UNDO
        )


@dataclass(frozen=True)
class OpenOffer:
    """A live offer as one member sees it. `mine`: how often they had it; `why_not`: what is in the way, if anything."""

    id: int
    offer: Offer
    left: int | None
    mine: int
    is_theirs: bool
    is_full: bool
    is_at_limit: bool
    budget_left: int | None

    @property
    def can_be_had(self) -> bool:
        """Whether nothing but points can be in the way."""
        return self.is_theirs and not self.is_full and not self.is_at_limit


def open_offers(db: Session, buyer: Buyer, day: date) -> list[OpenOffer]:
    """What runs today for this member, and what a higher tier would open; picked ones only for those picked: one query.

    Automatic ones too: they count by themselves.
    """
    if not buyer.member_id:
        return []
    person_id = buyer.member_id
    rows = db.execute(_OPEN, {"person_id": person_id, "day": day})
    shown = [row for row in rows if row.who != Who.PICKED.value or row.is_picked]
    return [_open(row, buyer) for row in shown if not is_held_back(row.id, person_id, row.held_back_percent)]


def _of_a_member() -> Select[Any]:
    """What `open_offers` asks, of a `person_id` on a `day`."""
    person_id, day = bindparam("person_id", type_=VOUCHERS.c.person_id.type), bindparam("day", type_=Date())
    mine = case(
        (OFFERS.c.way == Way.AUTOMATIC.value, uses_of_member(OFFERS.c.id, person_id)),
        else_=vouchers_of_member(OFFERS.c.id, person_id),
    )
    free_codes = (
        select(func.count())
        .select_from(PARTNER_CODES)
        .where(PARTNER_CODES.c.offer_id == OFFERS.c.id, PARTNER_CODES.c.voucher_id.is_(None))
        .scalar_subquery()
    )
    return (
        select(
            OFFERS,
            mine.label("mine"),
            is_picked(OFFERS.c.id, person_id).label("is_picked"),
            case((OFFERS.c.kind == Kind.PARTNER.value, free_codes)).label("codes"),
        )
        .where(is_live(day), ~OFFERS.c.only_given)
        .order_by(OFFERS.c.ends_on.asc().nulls_last(), OFFERS.c.id)
    )


_OPEN = _of_a_member()


def _open(row: Row[*tuple[Any, ...]], buyer: Buyer) -> OpenOffer:
    view = view_of(row)
    left = view.left if row.codes is None else min(row.codes, row.codes if view.left is None else view.left)
    return OpenOffer(
        id=view.id,
        offer=view.offer,
        left=left,
        mine=row.mine,
        is_theirs=is_of_tier(view.offer, buyer),
        is_full=left == 0 or view.budget_left == 0,
        is_at_limit=view.offer.limit_member is not None and row.mine >= view.offer.limit_member,
        budget_left=view.budget_left,
    )


def vouchers_of(db: Session, person_id: int, limit: int = 200) -> list[VoucherView]:
    """A member's vouchers, the newest first: one query."""
    rows = db.execute(_WITH_OFFER.where(VOUCHERS.c.person_id == person_id).order_by(VOUCHERS.c.id.desc()).limit(limit))
    return [_voucher(row) for row in rows]


def the_voucher(db: Session, voucher_id: int, person_id: int | None = None) -> VoucherView:
    """One voucher, of this member where one is named. Raises `NotFound`."""
    asked = _WITH_OFFER.where(VOUCHERS.c.id == voucher_id)
    row = db.execute(asked if person_id is None else asked.where(VOUCHERS.c.person_id == person_id)).one_or_none()
    if row is None:
        raise NotFound
    return _voucher(row)


def voucher_with(db: Session, typed: str, person_id: int | None = None) -> VoucherView | None:
    """The voucher of a code as somebody typed or scanned it; of this member where one is named."""
    code = code_typed(typed)
    if code is None:
        return None
    asked = _WITH_OFFER.where(VOUCHERS.c.code == code)
    row = db.execute(asked if person_id is None else asked.where(VOUCHERS.c.person_id == person_id)).one_or_none()
    return None if row is None else _voucher(row)


_WITH_OFFER = (
    select(
        VOUCHERS.c.id.label("voucher_id"),
        VOUCHERS.c.code,
        VOUCHERS.c.person_id,
        VOUCHERS.c.state,
        VOUCHERS.c.made_at,
        VOUCHERS.c.good_until,
        VOUCHERS.c.points.label("paid_points"),
        VOUCHERS.c.cause_kind,
        VOUCHERS.c.cause_id,
        VOUCHERS.c.ended_at.label("voucher_ended_at"),
        PARTNER_CODES.c.code.label("partner_code"),
        OFFERS,
    )
    .join(OFFERS, OFFERS.c.id == VOUCHERS.c.offer_id)
    .outerjoin(PARTNER_CODES, PARTNER_CODES.c.voucher_id == VOUCHERS.c.id)
)


def _voucher(row: Row[*tuple[Any, ...]]) -> VoucherView:
    view = view_of(row)
    return VoucherView(
        id=row.voucher_id,
        code=row.code,
        person_id=row.person_id,
        offer_id=view.id,
        offer=view.offer,
        stored=VoucherState(row.state),
        made_at=row.made_at,
        good_until=row.good_until,
        points=row.paid_points,
        partner_code=row.partner_code,
        cause_kind=row.cause_kind,
        cause_id=row.cause_id,
        ended_at=row.voucher_ended_at,
        is_offer_ended=view.ended_at is not None,
    )
