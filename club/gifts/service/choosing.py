"""A member chooses one of two or three things."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from club.accrual.models import lock_member
from club.clock import club_day
from club.database import transaction
from club.errors import GiftNotOpen, NotFound
from club.gifts.models import GIFTS, the_gift
from club.gifts.rules import State
from club.gifts.service.giving import can_give, give_one
from club.programme.models import the_club


def choose(db: Session, person_id: int, gift_id: int, position: int, now: datetime) -> int | None:
    """Take one of the things, once and for good; the id of the voucher, where it is one.

    Raises `UnknownMember`, `NotFound` for a gift of somebody else or a thing that is not there, `GiftNotOpen` where
    something was chosen before, the last day is over, or the thing cannot be given any more.
    """
    with transaction(db) as tx:
        day = club_day(now, the_club(tx).time_zone)
        lock_member(tx, person_id)
        gift = the_gift(tx, gift_id, person_id)
        options = gift.of.rule.options
        if not 0 <= position < len(options):
            raise NotFound
        if not can_give(tx, options[position], day):
            raise GiftNotOpen
        chosen = update(GIFTS).where(
            GIFTS.c.id == gift_id,
            GIFTS.c.person_id == person_id,
            GIFTS.c.state == State.OPEN.value,
            GIFTS.c.choose_until >= day,
        )
        taken = chosen.values(state=State.GIVEN.value, position=position, given_at=now, points=options[position].points)
        if not tx.connection().execute(taken).rowcount:
            raise GiftNotOpen
        voucher_id = give_one(tx, gift.of, gift_id, person_id, options[position], now)
        if voucher_id is not None:
            tx.execute(update(GIFTS).where(GIFTS.c.id == gift_id).values(voucher_id=voucher_id))
        return voucher_id
