"""A member activates an offer, takes it back within minutes, or redeems one for points: a voucher is made."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, insert, or_, select, update
from sqlalchemy.orm import Session

from club.accrual.models import lock_member
from club.catalogue.visitors import buyer_of
from club.clock import club_day
from club.database import Transaction, transaction
from club.errors import (
    NotFound,
    OfferLimitReached,
    OfferNotOpen,
    OfferNotYours,
    OfferOfTier,
    OfferUsedUp,
    VoucherStays,
)
from club.offers.codes import new_code
from club.offers.counting import is_live, is_of_tier, is_picked, is_usable, vouchers_of_member
from club.offers.models import OFFERS, PARTNER_CODES, VOUCHERS, OfferView, the_offer
from club.offers.reading import the_voucher
from club.offers.rules import Kind, VoucherState, Way, Who
from club.points.pool import lock_shared
from club.points.service import hold, spend_hold
from club.programme.models import the_club

VOUCHER = "voucher"
"""What points that were redeemed are held and spent for; the cause is the voucher."""


def activate(db: Session, person_id: int, offer_id: int, now: datetime) -> int:
    """Take an offer that costs nothing; the id of its voucher. Who has an unused one already gets that one.

    Raises `NotFound`, `OfferNotOpen`, `OfferOfTier`, `OfferNotYours`, `OfferLimitReached`, `OfferUsedUp`,
    `UnknownMember`.
    """
    with transaction(db) as tx:
        day = club_day(now, the_club(tx).time_zone)
        lock_member(tx, person_id)
        view = _of_way(tx, offer_id, Way.ACTIVATE)
        mine = select(VOUCHERS.c.id).where(
            VOUCHERS.c.offer_id == offer_id, VOUCHERS.c.person_id == person_id, is_usable(day),
        )  # fmt: skip
        there = tx.scalar(mine.order_by(VOUCHERS.c.id).limit(1))
        if there is not None:
            return int(there)
        return _take(tx, view, person_id, None, day, now)


def redeem(db: Session, person_id: int, offer_id: int, content: bytes, now: datetime) -> int:
    """Pay with points; the id of the voucher. The same form again gives the same one and costs nothing more.

    `content`: digest of the form. Points and voucher come in one transaction, or neither does. Raises what `activate`
    raises, and `NotEnoughPoints`.
    """
    with transaction(db) as tx:
        day = club_day(now, the_club(tx).time_zone)
        lock_shared(tx, person_id, day)
        lock_member(tx, person_id)
        known = select(VOUCHERS.c.id).where(VOUCHERS.c.content == content, VOUCHERS.c.person_id == person_id)
        there = tx.scalar(known)
        if there is not None:
            return int(there)
        view = _of_way(tx, offer_id, Way.REDEEM)
        voucher_id = _take(tx, view, person_id, content, day, now)
        hold_id = hold(tx, person_id, VOUCHER, voucher_id, view.offer.points, day, now)
        spend_hold(tx, hold_id, day, now)
        tx.execute(
            update(VOUCHERS).where(VOUCHERS.c.id == voucher_id).values(points=view.offer.points, hold_id=hold_id)
        )
        return voucher_id


def undo(db: Session, person_id: int, voucher_id: int, now: datetime) -> None:
    """Take back what was activated minutes ago: it may be had again. Raises `NotFound`, `VoucherStays`."""
    with transaction(db) as tx:
        lock_member(tx, person_id)
        voucher = the_voucher(tx, voucher_id, person_id)
        if not voucher.can_be_undone(now):
            raise VoucherStays
        undone = update(VOUCHERS).where(VOUCHERS.c.id == voucher_id, VOUCHERS.c.state == VoucherState.ACTIVE.value)
        if not tx.connection().execute(undone.values(state=VoucherState.UNDONE.value, ended_at=now)).rowcount:
            raise VoucherStays
        tx.execute(update(OFFERS).where(OFFERS.c.id == voucher.offer_id).values(taken=OFFERS.c.taken - 1))


def _of_way(tx: Transaction, offer_id: int, way: Way) -> OfferView:
    view = the_offer(tx, offer_id)
    if view.published_at is None or view.offer.way is not way or view.offer.only_given:
        raise NotFound
    return view


def _take(tx: Transaction, view: OfferView, person_id: int, content: bytes | None, day: date, now: datetime) -> int:
    """One voucher more, if there is one: the member is locked, and the offer from here on."""
    if not is_of_tier(view.offer, buyer_of(tx, person_id, day)):
        raise OfferOfTier(view.offer.rung_key or "")
    if view.offer.holds_back(view.id, person_id):
        raise OfferNotYours
    if not count_one(tx, view.id, person_id, day):
        raise _why_not(tx, view.id, person_id, day)
    values = {
        "code": new_code(),
        "offer_id": view.id,
        "person_id": person_id,
        "state": VoucherState.ACTIVE.value,
        "made_at": now,
        "good_until": view.offer.good_until(day),
        "points": 0,
        "content": content,
    }
    voucher_id = int(tx.execute(insert(VOUCHERS).values(values).returning(VOUCHERS.c.id)).scalar_one())
    if view.offer.kind is Kind.PARTNER:
        _give_code(tx, view.id, voucher_id)
    return voucher_id


def count_one(tx: Transaction, offer_id: int, person_id: int, day: date) -> bool:
    """Count one voucher in one guarded statement; False where the offer does not run, is full, or not theirs."""
    counted = update(OFFERS).where(OFFERS.c.id == offer_id, *_may_take(person_id, day))
    return bool(tx.connection().execute(counted.values(taken=OFFERS.c.taken + 1)).rowcount)


def _may_take(person_id: int, day: date) -> tuple[ColumnElement[bool], ...]:
    return (
        is_live(day),
        or_(OFFERS.c.limit_all.is_(None), OFFERS.c.taken < OFFERS.c.limit_all),
        or_(OFFERS.c.budget.is_(None), OFFERS.c.spent < OFFERS.c.budget),
        or_(OFFERS.c.limit_member.is_(None), vouchers_of_member(OFFERS.c.id, person_id) < OFFERS.c.limit_member),
        or_(OFFERS.c.who != Who.PICKED.value, is_picked(OFFERS.c.id, person_id)),
    )


def _why_not(tx: Transaction, offer_id: int, person_id: int, day: date) -> Exception:
    """What stood in the way, read again."""
    view = the_offer(tx, offer_id)
    asked: Any = select(is_picked(offer_id, person_id), vouchers_of_member(offer_id, person_id))
    picked, mine = tx.execute(asked).one()
    if not view.is_live(day):
        return OfferNotOpen()
    if view.offer.who is Who.PICKED and not picked:
        return OfferNotYours()
    if view.offer.limit_member is not None and mine >= view.offer.limit_member:
        return OfferLimitReached(view.offer.limit_member)
    return OfferUsedUp()


def _give_code(tx: Transaction, offer_id: int, voucher_id: int) -> None:
    """The next code of the pool; the offer's row is locked, so nobody else takes the same one."""
    free = (
        select(PARTNER_CODES.c.id)
        .where(and_(PARTNER_CODES.c.offer_id == offer_id, PARTNER_CODES.c.voucher_id.is_(None)))
        .order_by(PARTNER_CODES.c.id)
        .limit(1)
    )
    code_id = tx.scalar(free)
    if code_id is None:
        raise OfferUsedUp
    tx.execute(update(PARTNER_CODES).where(PARTNER_CODES.c.id == code_id).values(voucher_id=voucher_id))
