"""The club gives a voucher by itself, as a reward: nobody has to activate or pay anything."""

from datetime import date, datetime

from sqlalchemy import insert, select, update

from club.database import Transaction
from club.offers.codes import new_code
from club.offers.models import OFFERS, VOUCHERS, the_offer
from club.offers.rules import VoucherState
from club.offers.service.giving import count_one


def grant(tx: Transaction, person_id: int, offer_id: int, content: bytes, day: date, now: datetime) -> int | None:
    """A step: a voucher of an offer that comes as a gift alone, so that nobody can take more of it by themselves.

    `content` names the reason: the same one gives the same voucher. None where the offer does not run, is used up or
    cannot be given. The member's balance is held by the caller.
    """
    there = tx.scalar(select(VOUCHERS.c.id).where(VOUCHERS.c.content == content))
    if there is not None:
        return int(there)
    view = the_offer(tx, offer_id)
    if not view.offer.only_given or not count_one(tx, offer_id, person_id, day):
        return None
    values = {
        "code": new_code(),
        "offer_id": offer_id,
        "person_id": person_id,
        "state": VoucherState.ACTIVE.value,
        "made_at": now,
        "good_until": view.offer.good_until(day),
        "points": 0,
        "content": content,
    }
    return int(tx.execute(insert(VOUCHERS).values(values).returning(VOUCHERS.c.id)).scalar_one())


def take_back_grant(tx: Transaction, voucher_id: int, now: datetime) -> bool:
    """A step: a voucher that was given and not used comes to nothing; False where it was used or is over."""
    ended = (
        update(VOUCHERS)
        .where(VOUCHERS.c.id == voucher_id, VOUCHERS.c.state == VoucherState.ACTIVE.value)
        .values(state=VoucherState.UNDONE.value, ended_at=now)
        .returning(VOUCHERS.c.offer_id)
    )
    offer_id = tx.scalar(ended)
    if offer_id is None:
        return False
    tx.execute(update(OFFERS).where(OFFERS.c.id == offer_id).values(taken=OFFERS.c.taken - 1))
    return True
