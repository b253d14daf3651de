"""Staff write what bringing a friend brings: a new version each time; who joined before keeps theirs."""

from datetime import date, datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from club.audit import record
from club.clock import club_day
from club.database import Transaction, transaction
from club.errors import BadReferralTerms, ChangedMeanwhile, NotFound
from club.offers.models import the_offer
from club.permissions import Permission, Role, require
from club.programme.models import the_club
from club.programme.service import touch
from club.referrals.models import TERMS, terms_now
from club.referrals.rules import Reward, RewardKind, Terms


def set_terms(
    db: Session, terms: Terms, seen_id: int, by: int | None, role: Role | None, now: datetime, content: bytes
) -> int:
    """Write a version and return its id; the same form again returns the same one. `seen_id` 0: there was none.

    Raises `NotAllowed`, `BadReferralTerms`, `WaitTooShort`, `ChangedMeanwhile`.
    """
    require(role, Permission.MANAGE_REFERRALS)
    with transaction(db) as tx:
        touch(tx)
        there = tx.scalar(select(TERMS.c.id).where(TERMS.c.content == content))
        if there is not None:
            return int(there)
        club = the_club(tx)
        terms.check(club.shop_return_days)
        day = club_day(now, club.time_zone)
        for reward in (terms.referrer, terms.friend):
            _can_be_given(tx, reward, day)
        before = terms_now(tx)
        if (0 if before is None else before[0]) != seen_id:
            raise ChangedMeanwhile(())
        terms_id = int(
            tx.execute(insert(TERMS).values(_row(terms, by, now, content)).returning(TERMS.c.id)).scalar_one()
        )
        record(
            tx, "referral.terms", "referral_terms", terms_id, by=by, now=now,
            words={"landing": [dict(before[1].landing) if before else {}, dict(terms.landing)]},
            follows=None if before is None else before[0], is_open=terms.is_open,
            referrer_points=terms.referrer.points, friend_points=terms.friend.points,
            least_amount=terms.least_amount, wait_days=terms.wait_days, yearly_limit=terms.yearly_limit,
        )  # fmt: skip
        return terms_id


def _can_be_given(tx: Transaction, reward: Reward, day: date) -> None:
    """A voucher comes from an offer that comes as a gift alone, runs, and neither ends nor is used up by others."""
    if reward.kind is not RewardKind.VOUCHER or reward.offer_id is None:
        return
    try:
        view = the_offer(tx, reward.offer_id)
    except NotFound:
        raise BadReferralTerms("offer") from None
    offer = view.offer
    if not offer.is_for_good or not view.is_live(day):
        raise BadReferralTerms("offer")


def _row(terms: Terms, by: int | None, now: datetime, content: bytes) -> dict[str, object]:
    return {
        "is_open": terms.is_open,
        "referrer_kind": terms.referrer.kind.value,
        "referrer_points": terms.referrer.points,
        "referrer_offer_id": terms.referrer.offer_id,
        "friend_kind": terms.friend.kind.value,
        "friend_points": terms.friend.points,
        "friend_offer_id": terms.friend.offer_id,
        "least_amount": terms.least_amount,
        "wait_days": terms.wait_days,
        "yearly_limit": terms.yearly_limit,
        "landing": terms.landing,
        "asks_phone": terms.asks_phone,
        "made_at": now,
        "made_by": by,
        "content": content,
    }
