"""Both are rewarded once, after the goods can no longer come back; what was given is taken back if they do."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Row, func, select, update
from sqlalchemy.orm import Session

from club.accrual.models import lock_member
from club.audit import record
from club.clock import club_day
from club.database import Transaction, transaction
from club.errors import UnknownMember
from club.members.models import the_person
from club.messages.service import queue
from club.offers.models import the_offer
from club.offers.service import grant, take_back_grant
from club.orders.models import Order
from club.points.rules import Earned, expires_on
from club.points.service import earn, reverse
from club.programme.models import the_club
from club.programme.rules import Club
from club.purchases.models import Purchase
from club.referrals.models import REFERRALS, all_terms
from club.referrals.reading import counts_this_year, merged_ways
from club.referrals.rules import Cause, Evidence, Reward, RewardKind, Signal, State, Terms, first_name
from club.referrals.service.evidence import Claim, before_reward
from club.returns.models import ReturnCase
from club.returns.rules import OPEN

FOR_BRINGING, FOR_COMING = "referral", "friend"
"""What points are earned and reversed for; the cause is the referral's row, so that each comes once for ever."""
_R = REFERRALS.c


@dataclass(frozen=True)
class _Given:
    """What one of the two got."""

    points: int = 0
    voucher_id: int | None = None


class _NoVoucher(Exception):
    """The offer cannot be had: nothing is given, and a colleague looks."""


def reward_one(db: Session, referral_id: int, now: datetime) -> State | None:
    """Reward one friend and whoever brought them, or lay it aside to be looked at; None where nothing was due.

    However often and by however many it is asked for: once.
    """
    try:
        with transaction(db) as tx:
            return _reward(tx, referral_id, now)
    except _NoVoucher:
        with transaction(db) as tx:
            return _lay_aside(tx, held(tx, referral_id), [Evidence(Signal.NO_VOUCHER)])


def take_back_one(db: Session, referral_id: int, cause: Cause, now: datetime) -> bool:
    """What both were given goes back: points by the ledger, which may leave a debt, vouchers that are not used."""
    with transaction(db) as tx:
        today = club_day(now, the_club(tx).time_zone)
        row = _hold_all(tx, referral_id)
        if row is None:
            return False
        back = (
            update(REFERRALS)
            .where(_R.id == referral_id, _R.state == State.REWARDED.value)
            .values(state=State.TAKEN_BACK.value, cause=cause.value, taken_back_at=now, version=_R.version + 1)
        )
        if not tx.connection().execute(back).rowcount:
            return False
        for kind, points in ((FOR_BRINGING, row.referrer_points), (FOR_COMING, row.friend_points)):
            why = {"purchase": row.purchase_id}
            reverse(
                tx, f"{kind}.earned", row.id, points, f"{kind}.reversed", row.id, today, today, now, why
            )  # fmt: skip
        for voucher_id in (row.referrer_voucher_id, row.friend_voucher_id):
            if voucher_id is not None:
                take_back_grant(tx, voucher_id, now)
        record(
            tx, "referral.taken_back", "referral", referral_id, by=None, now=now,
            referrer_points=row.referrer_points, friend_points=row.friend_points,
        )  # fmt: skip
        return True


def held(tx: Transaction, referral_id: int) -> Row[Any]:
    """The row, held until the transaction ends. Raises `NoResultFound`."""
    return tx.execute(select(REFERRALS).where(_R.id == referral_id).with_for_update()).one()


def hold_both(tx: Transaction, referrer_id: int, friend_id: int) -> None:
    """Hold the balances of both in the order that everybody keeps; from here on their years are counted.

    Of a merged record that of the one it became part of; who has none is passed over.
    """
    for person_id in sorted({_stands_for(tx, one) for one in (referrer_id, friend_id)}):
        with suppress(UnknownMember):
            lock_member(tx, person_id)


def _stands_for(tx: Transaction, person_id: int) -> int:
    """The record that somebody's became part of; their own if it did not."""
    ways = merged_ways()
    heads = select(ways.c.head).where(ways.c.id == person_id).order_by(ways.c.step.desc()).limit(1)
    return int(tx.scalar(heads) or person_id)


def _hold_all(tx: Transaction, referral_id: int) -> Row[Any] | None:
    """Balances first, then the row; None where a merge came between: the next night looks again."""
    seen = tx.execute(select(_R.referrer_id, _R.friend_id).where(_R.id == referral_id)).one()
    hold_both(tx, seen.referrer_id, seen.friend_id)
    row = held(tx, referral_id)
    return row if (row.referrer_id, row.friend_id) == (seen.referrer_id, seen.friend_id) else None


def _reward(tx: Transaction, referral_id: int, now: datetime) -> State | None:
    row, club = _hold_all(tx, referral_id), the_club(tx)
    today = club_day(now, club.time_zone)
    if row is None or row.state != State.BOUGHT or row.due_on is None or row.due_on > today:
        return None
    terms = all_terms(tx)[row.terms_id]
    if _is_coming_back(tx, row) or not _still_counts(tx, row, terms):
        return None
    found = [] if row.is_approved else before_reward(tx, claim_of(row))
    if found:
        return _lay_aside(tx, row, found)
    day = today if row.is_approved else row.due_on
    is_over = rewarded_this_year(tx, row.referrer_id, day) >= terms.yearly_limit
    moved = (
        update(REFERRALS)
        .where(_R.id == referral_id, _R.state == State.BOUGHT.value)
        .values(state=State.REWARDED.value, rewarded_at=now, due_on=day, is_over_limit=is_over, version=_R.version + 1)
    )
    if not tx.connection().execute(moved).rowcount:
        return None
    brought, came = _give_both(tx, row, (Reward() if is_over else terms.referrer, terms.friend), day, club, now)
    tx.execute(
        update(REFERRALS)
        .where(_R.id == referral_id)
        .values(
            referrer_points=brought.points,
            referrer_voucher_id=brought.voucher_id,
            friend_points=came.points,
            friend_voucher_id=came.voucher_id,
        )
    )
    _tell(tx, row, brought, terms.referrer, to_friend=False, now=now)
    _tell(tx, row, came, terms.friend, to_friend=True, now=now)
    return State.REWARDED


def claim_of(row: Row[Any]) -> Claim:
    """What is looked at before the reward."""
    return Claim(row.friend_id, row.referrer_id, row.joined_on, row.browser, None, row.id)


def rewarded_this_year(tx: Transaction, referrer_id: int, day: date) -> int:
    """Friends for whom a member was rewarded in the year of a day, taken back ones left out."""
    counted = select(func.count()).where(_R.referrer_id == referrer_id, counts_this_year(day))
    return int(tx.execute(counted).scalar_one())


def _still_counts(tx: Transaction, row: Row[Any], terms: Terms) -> bool:
    left = tx.scalar(select(Purchase.net_amount).where(Purchase.id == row.purchase_id))
    return left is not None and left >= max(terms.least_amount, 1)


def _is_coming_back(tx: Transaction, row: Row[Any]) -> bool:
    """Whether a return or an exchange of these goods is not settled yet: until then nothing is given for them."""
    returns = select(ReturnCase.id).join(Order, Order.id == ReturnCase.order_id)
    is_open = ReturnCase.state.in_(sorted(state.value for state in OPEN))
    return tx.scalar(returns.where(Order.purchase_id == row.purchase_id, is_open).limit(1)) is not None


def _lay_aside(tx: Transaction, row: Row[Any], found: list[Evidence]) -> State:
    rows = [one.row() for one in dict.fromkeys([*map(Evidence.from_row, row.evidence), *found])]
    tx.execute(
        update(REFERRALS)
        .where(_R.id == row.id, _R.state == State.BOUGHT.value)
        .values(state=State.REVIEW.value, evidence=rows, is_approved=False, version=_R.version + 1)
    )
    return State.REVIEW


def _give_both(
    tx: Transaction, row: Row[Any], rewards: tuple[Reward, Reward], day: date, club: Club, now: datetime
) -> tuple[_Given, _Given]:
    """What the member gets and what the friend gets, in the order in which everybody counts offers."""
    wanted = zip((FOR_BRINGING, FOR_COMING), (row.referrer_id, row.friend_id), rewards, strict=True)
    given = {
        kind: _give(tx, person_id, reward, kind, row, day, club, now)
        for kind, person_id, reward in sorted(wanted, key=lambda one: one[2].offer_id or 0)
    }
    return given[FOR_BRINGING], given[FOR_COMING]


def _give(  # noqa: PLR0917 - what, to whom, for what and when
    tx: Transaction, person_id: int, reward: Reward, kind: str, row: Row[Any], day: date, club: Club, now: datetime
) -> _Given:
    """Reckoned from the day on which it was due, however late the night is."""
    today = club_day(now, club.time_zone)
    if reward.kind is RewardKind.POINTS:
        earned = Earned(
            member_id=person_id,
            kind=f"{kind}.earned",
            cause_id=row.id,
            points=reward.points,
            dated_on=day,
            activates_on=day,
            expires_on=expires_on(day, club.expiry_months),
            why={"terms": row.terms_id, "points": reward.points},
        )
        earn(tx, earned, today, now)
        return _Given(points=reward.points)
    if reward.kind is RewardKind.VOUCHER and reward.offer_id is not None:
        content = sha256(f"{kind}\0{row.id}".encode()).digest()
        voucher_id = grant(tx, person_id, reward.offer_id, content, today, now)
        if voucher_id is None:
            raise _NoVoucher
        return _Given(voucher_id=voucher_id)
    return _Given()


def _tell(tx: Transaction, row: Row[Any], given: _Given, reward: Reward, *, to_friend: bool, now: datetime) -> None:
    """One mail to each of them who got something."""
    person = the_person(tx, row.friend_id if to_friend else row.referrer_id)
    if person.email is None or not (given.points or given.voucher_id):
        return
    data: dict[str, object] = {"name": person.addressed_as, "points": given.points}
    if given.voucher_id is not None and reward.offer_id is not None:
        data["offer"] = dict(the_offer(tx, reward.offer_id).offer.title)
    if not to_friend:
        friend = the_person(tx, row.friend_id)
        data["friend"] = first_name(friend.full_name, friend.call_name)
    queue(
        tx,
        "friend.rewarded" if to_friend else "referral.rewarded",
        occurrence=str(row.id),
        recipient=person.email,
        language=person.language,
        person_id=person.person_id,
        data=data,
        now=now,
    )
