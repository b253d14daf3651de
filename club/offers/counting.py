"""Which offers somebody may use now, and the questions that tell it."""

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, BindParameter, ColumnElement, Row, Select, and_, exists, func, literal, or_, select
from sqlalchemy.orm import Session

from club.catalogue.rules.pricing import Buyer
from club.offers.models import OFFERS, PICKED, USES, VOUCHERS, OfferView, published_offers
from club.offers.rules import WHOLE, Kind, Offer, Place, UseState, VoucherState, Way, Who, multiplier_of
from club.offers.stacking import Candidate


def candidates_for(
    db: Session, buyer: Buyer, day: date, place: Place, voucher_ids: Collection[int] = ()
) -> list[Candidate]:
    """What this member may use now: two questions at most, none where nothing runs or for a guest.

    In the shop what was activated counts by itself; everything else that has a voucher, and all of it at the counter,
    only where it stands among `voucher_ids`.
    """
    if not buyer.member_id:
        return []
    known = published_offers(db)
    running = [view for view in known.values() if _runs_by_itself(view, buyer, day, place)]
    return [*_automatic(db, running, buyer.member_id), *_in_hand(db, known, buyer.member_id, day, place, voucher_ids)]


def _runs_by_itself(view: OfferView, buyer: Buyer, day: date, place: Place) -> bool:
    offer = view.offer
    if offer.holds_back(view.id, buyer.member_id or 0):
        return False
    return not offer.has_vouchers and offer.runs_on(day) and offer.is_for(place) and is_of_tier(offer, buyer)


def is_of_tier(offer: Offer, buyer: Buyer) -> bool:
    """Whether somebody's tier is high enough."""
    return offer.who is not Who.RUNG or offer.rung_key in buyer.rung_keys


def _automatic(db: Session, running: list[OfferView], person_id: int) -> list[Candidate]:
    asked = [view.id for view in running if _moves(view.offer)]
    now = {row.id: row for row in db.execute(_standing(person_id, asked))} if asked else {}
    found = []
    for view in running:
        row = now.get(view.id)
        if row is not None and not _has_room(view.offer, row):
            continue
        left = None if row is None or view.offer.budget is None else view.offer.budget - row.spent
        found.append(Candidate(offer_id=view.id, offer=view.offer, left=left))
    return found


def _moves(offer: Offer) -> bool:
    """Whether something about it changes from use to use."""
    bounds = (offer.limit_all, offer.limit_member, offer.budget)
    return offer.who is Who.PICKED or any(bound is not None for bound in bounds)


def _standing(person_id: int, offer_ids: Collection[int]) -> Select[Any]:
    return select(
        OFFERS.c.id,
        OFFERS.c.taken,
        OFFERS.c.spent,
        uses_of_member(OFFERS.c.id, person_id).label("mine"),
        is_picked(OFFERS.c.id, person_id).label("is_picked"),
    ).where(OFFERS.c.id.in_(offer_ids))


def _has_room(offer: Offer, row: Row[Any]) -> bool:
    if offer.who is Who.PICKED and not row.is_picked:
        return False
    if offer.limit_all is not None and row.taken >= offer.limit_all:
        return False
    return offer.limit_member is None or row.mine < offer.limit_member


def uses_of_member(offer_id: Any, person_id: Any) -> ColumnElement[int]:
    """How often a member has used an offer; what was given back does not count."""
    mine = select(func.count()).select_from(USES)
    return mine.where(
        USES.c.offer_id == offer_id, USES.c.person_id == person_id, USES.c.state != UseState.GIVEN_BACK.value
    ).scalar_subquery()


def vouchers_of_member(offer_id: Any, person_id: Any) -> ColumnElement[int]:
    """How many vouchers of an offer a member has had; those that came to nothing do not count."""
    gone = (VoucherState.UNDONE.value, VoucherState.ENDED.value)
    mine = select(func.count()).select_from(VOUCHERS)
    return mine.where(
        VOUCHERS.c.offer_id == offer_id, VOUCHERS.c.person_id == person_id, VOUCHERS.c.state.not_in(gone)
    ).scalar_subquery()


def is_picked(offer_id: Any, person_id: Any) -> ColumnElement[bool]:
    """Whether a member was picked for an offer."""
    return exists().where(PICKED.c.offer_id == offer_id, PICKED.c.person_id == person_id)


def held_back(offer_id: int, person_id: Any, percent: int) -> ColumnElement[bool]:
    """Whether a member gets none of an offer, as `rules.is_held_back` says."""
    mixed: ColumnElement[int] = person_id * literal(multiplier_of(offer_id), BigInteger) % literal(2**32, BigInteger)
    return mixed // 2**16 % WHOLE < percent


def _in_hand(
    db: Session, known: dict[int, OfferView], person_id: int, day: date, place: Place, voucher_ids: Collection[int]
) -> list[Candidate]:
    usable = {
        view.id: view.offer
        for view in known.values()
        if view.offer.has_vouchers and view.offer.is_for(place) and view.offer.kind is not Kind.PARTNER
    }
    if not usable:
        return []
    rows = db.execute(
        select(VOUCHERS.c.id, VOUCHERS.c.offer_id)
        .where(is_usable(day), VOUCHERS.c.person_id == person_id, VOUCHERS.c.offer_id.in_(usable))
        .order_by(VOUCHERS.c.id)
    )
    return [
        Candidate(offer_id=row.offer_id, offer=usable[row.offer_id], voucher_id=row.id)
        for row in rows
        if row.id in voucher_ids or (place is Place.SHOP and _counts_by_itself(usable[row.offer_id]))
    ]


def _counts_by_itself(offer: Offer) -> bool:
    """What was activated does; what the club gave waits until its member shows it."""
    return offer.way is Way.ACTIVATE and not offer.only_given


def is_usable(day: date) -> ColumnElement[bool]:
    """Vouchers that are good on a day."""
    return and_(
        VOUCHERS.c.state == VoucherState.ACTIVE.value,
        or_(VOUCHERS.c.good_until.is_(None), VOUCHERS.c.good_until >= day),
    )


def is_live(day: date | BindParameter[date]) -> ColumnElement[bool]:
    """Offers that run on a day."""
    return and_(
        OFFERS.c.published_at.is_not(None),
        OFFERS.c.ended_at.is_(None),
        OFFERS.c.starts_on <= day,
        or_(OFFERS.c.ends_on.is_(None), OFFERS.c.ends_on >= day),
    )
