"""A member chooses one of two or three things, and may choose another one as long as nothing was had of the first."""

from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.orm import Session

from club.accrual.models import lock_member
from club.clock import club_day
from club.database import Transaction, transaction
from club.errors import GiftNotOpen, NotFound
from club.gifts.models import GIFTS, GiftView, the_gift
from club.gifts.rules import State
from club.gifts.service.giving import can_give, give_one
from club.gifts.service.reminding import no_reminder_any_more
from club.offers.models import OFFERS, VOUCHERS
from club.offers.service import take_back_grant
from club.programme.models import the_club


def choose(db: Session, person_id: int, gift_id: int, position: int, now: datetime) -> int | None:
    """Take one of the things, once; the id of the voucher, where it is one.

    Raises `UnknownMember`, `NotFound` for a gift of somebody else or a thing that is not there, `GiftNotOpen` where
    something was chosen before, the last day is over, or the thing cannot be given any more.
    """
    with transaction(db) as tx:
        day = club_day(now, the_club(tx).time_zone)
        lock_member(tx, person_id)
        gift = the_gift(tx, gift_id, person_id)
        return _take(tx, gift, position, GIFTS.c.state == State.OPEN.value, day, now)


def choose_instead(db: Session, person_id: int, gift_id: int, seen: int, position: int, now: datetime) -> int | None:
    """Take another thing than the one that was chosen (`seen`): a benefit that was not handed over, an unused voucher.

    Raises what `choose` raises; `GiftNotOpen` also where the first was points, was had, or is no longer what was seen.
    """
    with transaction(db) as tx:
        day = club_day(now, the_club(tx).time_zone)
        lock_member(tx, person_id)
        gift = the_gift(tx, gift_id, person_id)
        if gift.position != seen or position == seen or not gift.can_be_changed(day):
            raise GiftNotOpen
        _hold_offers(tx, gift)
        if gift.voucher_id is not None:
            _give_up_voucher(tx, gift.voucher_id, now)
        is_as_seen = and_(
            GIFTS.c.state == State.GIVEN.value, GIFTS.c.position == seen, GIFTS.c.handed_over_at.is_(None)
        )
        return _take(tx, gift, position, is_as_seen, day, now)


def _take(
    tx: Transaction, gift: GiftView, position: int, as_it_is: ColumnElement[bool], day: date, now: datetime
) -> int | None:
    options = gift.of.rule.options
    if not 0 <= position < len(options):
        raise NotFound
    if not can_give(tx, options[position], day):
        raise GiftNotOpen
    own = (GIFTS.c.id == gift.id, GIFTS.c.person_id == gift.person_id)
    taken = update(GIFTS).where(*own, as_it_is, GIFTS.c.choose_until >= day)
    values = {"state": State.GIVEN.value, "position": position, "given_at": now, "points": options[position].points}
    if not tx.connection().execute(taken.values(**values, voucher_id=None)).rowcount:
        raise GiftNotOpen
    no_reminder_any_more(tx, gift.of.id, gift.person_id)
    voucher_id = give_one(tx, gift.of, gift.id, gift.person_id, options[position], now)
    if voucher_id is not None:
        tx.execute(update(GIFTS).where(GIFTS.c.id == gift.id).values(voucher_id=voucher_id))
    return voucher_id


def _give_up_voucher(tx: Transaction, voucher_id: int, now: datetime) -> None:
    """It names its gift no longer: another one may."""
    if not take_back_grant(tx, voucher_id, now):
        raise GiftNotOpen
    tx.execute(update(VOUCHERS).where(VOUCHERS.c.id == voucher_id).values(content=None))


def _hold_offers(tx: Transaction, gift: GiftView) -> None:
    """One is given up and another taken: both are held in one order, as with whoever takes several."""
    ids = {option.offer_id for option in gift.of.rule.options if option.offer_id is not None}
    if ids:
        tx.execute(select(OFFERS.c.id).where(OFFERS.c.id.in_(ids)).order_by(OFFERS.c.id).with_for_update()).all()
