"""The club ends an offer: what members have unused of it comes to nothing, and points come back."""

from datetime import date, datetime

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from club.accrual.models import lock_member
from club.audit import record
from club.clock import club_day
from club.database import transaction
from club.errors import NotFound, OfferNotOpen
from club.offers.models import OFFERS, VOUCHERS
from club.offers.rules import Kind, VoucherState
from club.offers.service.telling import call_off
from club.permissions import Permission, Role, require
from club.points.service import give_back_rest
from club.programme.models import the_club
from club.programme.service import touch

GIVEN_BACK = "voucher.given_back"
"""Points of a voucher that was not used when the club ended its offer."""
MOST_AT_ONCE = 500


def end_offer(db: Session, offer_id: int, by: int, role: Role, now: datetime) -> None:
    """End it at once; of unused vouchers the points come back, each in a transaction of its own.

    What breaks off half way the next night finishes. Raises `NotAllowed`, `NotFound`, `OfferNotOpen` where it ended
    before.
    """
    require(role, Permission.MANAGE_OFFERS)
    with transaction(db) as tx:
        touch(tx)
        row = tx.execute(select(OFFERS.c.ended_at).where(OFFERS.c.id == offer_id).with_for_update()).one_or_none()
        if row is None:
            raise NotFound
        if row.ended_at is not None:
            raise OfferNotOpen
        ended = update(OFFERS).where(OFFERS.c.id == offer_id)
        tx.execute(ended.values(ended_at=now, version=OFFERS.c.version + 1))
        call_off(tx, offer_id, now)
        record(tx, "offer.ended", "offer", offer_id, by=by, now=now)
    _end_vouchers(db, now)


def night(db: Session, day: date, now: datetime) -> int:
    """Vouchers of ended offers come to an end; then those whose last day is over expire, in one statement. How many.

    In this order, so that points come back which the club owes since it ended an offer.
    """
    ended = _end_vouchers(db, now)
    with transaction(db) as tx:
        over = update(VOUCHERS).where(VOUCHERS.c.state == VoucherState.ACTIVE.value, VOUCHERS.c.good_until <= day)
        expired = tx.connection().execute(over.values(state=VoucherState.EXPIRED.value, ended_at=now)).rowcount
    return expired + ended


def _end_vouchers(db: Session, now: datetime) -> int:
    """Without points in one statement, with points one by one behind the member's lock.

    A partner's code has been told: whoever has it keeps it, and its points are spent.
    """
    over = select(OFFERS.c.id).where(OFFERS.c.ended_at.is_not(None), OFFERS.c.kind != Kind.PARTNER.value)
    is_left = and_(VOUCHERS.c.state == VoucherState.ACTIVE.value, VOUCHERS.c.offer_id.in_(over))
    is_paid = and_(VOUCHERS.c.hold_id.is_not(None), VOUCHERS.c.points > 0)
    with transaction(db) as tx:
        free = update(VOUCHERS).where(is_left, or_(VOUCHERS.c.hold_id.is_(None), VOUCHERS.c.points == 0))
        done = tx.connection().execute(free.values(state=VoucherState.ENDED.value, ended_at=now)).rowcount
    while True:
        waiting = db.execute(
            select(VOUCHERS.c.id, VOUCHERS.c.person_id, VOUCHERS.c.hold_id).where(is_left, is_paid).limit(MOST_AT_ONCE)
        ).all()
        for voucher in waiting:
            done += _end_one(db, voucher.id, voucher.person_id, voucher.hold_id, now)
        if len(waiting) < MOST_AT_ONCE:
            return done


def _end_one(db: Session, voucher_id: int, person_id: int, hold_id: int, now: datetime) -> int:
    with transaction(db) as tx:
        lock_member(tx, person_id)
        ended = update(VOUCHERS).where(VOUCHERS.c.id == voucher_id, VOUCHERS.c.state == VoucherState.ACTIVE.value)
        if not tx.connection().execute(ended.values(state=VoucherState.ENDED.value, ended_at=now)).rowcount:
            return 0
        give_back_rest(tx, hold_id, GIVEN_BACK, voucher_id, club_day(now, the_club(tx).time_zone), now)
        return 1
