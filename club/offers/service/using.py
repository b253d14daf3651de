"""Steps of an order or a sale: offers that count are taken, settled, given back exactly once, taken again."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, insert, or_, select, update
from sqlalchemy.orm import Session

from club.accrual.rules import Campaign
from club.clock import club_day
from club.database import Transaction
from club.errors import OfferNotOpen
from club.offers.counting import is_live, is_picked, is_usable, uses_of_member
from club.offers.earning import campaigns_of
from club.offers.models import OFFERS, USES, VOUCHERS, the_offer
from club.offers.rules import Kind, UseState, VoucherState, Who
from club.offers.stacking import Applied, Used
from club.points.rules import LIFE_AFTER_GIVE_BACK
from club.programme.models import the_club

_NOTE_USES = insert(USES)


@dataclass(frozen=True)
class Cause:
    """What an offer is used for: an order, a purchase at the counter, or a voucher shown there without a sale."""

    kind: str
    id: int


def take_in(
    tx: Transaction, person_id: int, applied: Applied, cause: Cause, day: date, now: datetime, by: int | None = None,
    *, is_sure: bool = False,
) -> int:  # fmt: skip
    """Take what counts, by the clock and the rows of this moment; how many offers. The member is locked by then.

    `is_sure`: they are used up at once, and `settle_in` need not follow. Raises `OfferNotOpen` where one of them cannot
    be had any more: then everything is to be reckoned anew.
    """
    state = UseState.USED if is_sure else UseState.HELD
    uses = sorted(applied.all, key=lambda used: (used.candidate.offer_id, used.candidate.voucher_id or 0))
    for used in uses:
        if used.candidate.voucher_id is None:
            _count(tx, person_id, used, day)
        else:
            _spend_voucher(tx, person_id, used, cause, day, now if is_sure else None)
    rows = [
        {
            "offer_id": used.candidate.offer_id, "person_id": person_id, "voucher_id": used.candidate.voucher_id,
            "cause_kind": cause.kind, "cause_id": cause.id, "state": state.value, "saves": used.saves,
            "cost": used.cost, "used_at": now, "by": by,
        }
        for used in uses
    ]  # fmt: skip
    if rows:
        tx.execute(_NOTE_USES, rows)
    return len(uses)


def settle_in(tx: Transaction, cause: Cause, now: datetime, extra_points: int = 0) -> None:
    """It is sure: vouchers are used for good. `extra_points` is what a multiplier has cost."""
    vouchers = update(VOUCHERS).where(_voucher_of(cause), VOUCHERS.c.state == VoucherState.HELD.value)
    tx.execute(vouchers.values(state=VoucherState.USED.value, ended_at=now))
    tx.execute(
        update(USES).where(_use_of(cause), USES.c.state == UseState.HELD.value).values(state=UseState.USED.value)
    )
    note_extra_in(tx, cause, extra_points)


def note_extra_in(tx: Transaction, cause: Cause, points: int) -> None:
    """What a multiplier has cost."""
    if points:
        _note_points(tx, cause, points)


def give_back_in(tx: Transaction, cause: Cause, now: datetime) -> int:
    """It came to nothing: every use can be had again, once; how many."""
    back = tx.execute(
        update(USES)
        .where(_use_of(cause), USES.c.state != UseState.GIVEN_BACK.value)
        .values(state=UseState.GIVEN_BACK.value, given_back_at=now)
        .returning(USES.c.offer_id, USES.c.voucher_id, USES.c.cost)
    ).all()
    for use in sorted(back, key=lambda use: (use.offer_id, use.voucher_id or 0)):
        one = 0 if use.voucher_id is not None else 1
        tx.execute(
            update(OFFERS)
            .where(OFFERS.c.id == use.offer_id)
            .values(taken=OFFERS.c.taken - one, spent=OFFERS.c.spent - use.cost)
        )
    if back:
        _prolong(tx, cause, club_day(now, the_club(tx).time_zone) + LIFE_AFTER_GIVE_BACK)
        free = {"state": VoucherState.ACTIVE.value, "cause_kind": None, "cause_id": None, "ended_at": None}
        tx.execute(update(VOUCHERS).where(_voucher_of(cause)).values(free))
    return len(back)


def take_again_in(tx: Transaction, cause: Cause, now: datetime) -> None:
    """The money came late: what was given back is taken once more, as it was, whatever the date is.

    Raises `OfferNotOpen` where a voucher was used since, or the offer is full.
    """
    uses = tx.execute(
        select(USES.c.id, USES.c.offer_id, USES.c.voucher_id, USES.c.cost)
        .where(_use_of(cause), USES.c.state == UseState.GIVEN_BACK.value)
        .order_by(USES.c.offer_id, USES.c.voucher_id)
    ).all()
    for use in uses:
        by_voucher = use.voucher_id is not None
        if by_voucher:
            again = update(VOUCHERS).where(
                VOUCHERS.c.id == use.voucher_id, VOUCHERS.c.state == VoucherState.ACTIVE.value
            )
            held = {"state": VoucherState.HELD.value, "cause_kind": cause.kind, "cause_id": cause.id}
            _one_or_refuse(tx.connection().execute(again.values(held)).rowcount)
        room = OFFERS.c.limit_all.is_(None) if not by_voucher else OFFERS.c.id == use.offer_id
        counted = update(OFFERS).where(OFFERS.c.id == use.offer_id, or_(room, OFFERS.c.taken < OFFERS.c.limit_all))
        values = {"taken": OFFERS.c.taken + (0 if by_voucher else 1), "spent": OFFERS.c.spent + use.cost}
        _one_or_refuse(tx.connection().execute(counted.values(values)).rowcount)
        tx.execute(update(USES).where(USES.c.id == use.id).values(state=UseState.HELD.value, given_back_at=None))


def campaigns_in(db: Session, cause: Cause) -> tuple[Campaign, ...]:
    """The multiplier that counts for it, as earning takes it."""
    offer_ids = db.scalars(
        select(USES.c.offer_id)
        .join(OFFERS, OFFERS.c.id == USES.c.offer_id)
        .where(_use_of(cause), USES.c.state != UseState.GIVEN_BACK.value, OFFERS.c.kind == Kind.MULTIPLIER.value)
    ).all()
    found = [campaigns_of(db, offer_id, the_offer(db, offer_id).offer) for offer_id in offer_ids]
    return tuple(campaign for campaigns in found for campaign in campaigns)


def _count(tx: Transaction, person_id: int, used: Used, day: date) -> None:
    """One use of an automatic offer, in one guarded statement; the clock is the server's."""
    spent = OFFERS.c.spent + used.cost
    in_budget = OFFERS.c.spent < OFFERS.c.budget if used.offer.kind is Kind.MULTIPLIER else spent <= OFFERS.c.budget
    counted = update(OFFERS).where(
        OFFERS.c.id == used.candidate.offer_id,
        is_live(day),
        or_(OFFERS.c.limit_all.is_(None), OFFERS.c.taken < OFFERS.c.limit_all),
        or_(OFFERS.c.budget.is_(None), in_budget),
        or_(OFFERS.c.limit_member.is_(None), uses_of_member(OFFERS.c.id, person_id) < OFFERS.c.limit_member),
        or_(OFFERS.c.who != Who.PICKED.value, is_picked(OFFERS.c.id, person_id)),
    )
    _one_or_refuse(tx.connection().execute(counted.values(taken=OFFERS.c.taken + 1, spent=spent)).rowcount)


def _spend_voucher(
    tx: Transaction, person_id: int, used: Used, cause: Cause, day: date, used_at: datetime | None
) -> None:
    """A voucher is held by this cause alone; what it costs is noted, for it is promised whatever the budget says.

    With `used_at` it is used for good.
    """
    offer_id = used.candidate.offer_id
    noted = update(OFFERS).where(OFFERS.c.id == offer_id, OFFERS.c.ended_at.is_(None))
    _one_or_refuse(tx.connection().execute(noted.values(spent=OFFERS.c.spent + used.cost)).rowcount)
    taken = update(VOUCHERS).where(
        VOUCHERS.c.id == used.candidate.voucher_id, VOUCHERS.c.person_id == person_id, is_usable(day)
    )
    state = VoucherState.HELD if used_at is None else VoucherState.USED
    held = {"state": state.value, "cause_kind": cause.kind, "cause_id": cause.id, "ended_at": used_at}
    _one_or_refuse(tx.connection().execute(taken.values(held)).rowcount)


def _prolong(tx: Transaction, cause: Cause, least: date) -> None:
    """What was paid for with points comes back for as long as points that come back; what was free as it was."""
    short = update(VOUCHERS).where(_voucher_of(cause), VOUCHERS.c.points > 0, VOUCHERS.c.good_until < least)
    tx.execute(short.values(good_until=least))


def _one_or_refuse(rows: int) -> None:
    if not rows:
        raise OfferNotOpen


def _note_points(tx: Transaction, cause: Cause, points: int) -> None:
    use = tx.execute(
        select(USES.c.id, USES.c.offer_id)
        .join(OFFERS, OFFERS.c.id == USES.c.offer_id)
        .where(_use_of(cause), OFFERS.c.kind == Kind.MULTIPLIER.value, USES.c.state == UseState.USED.value)
        .limit(1)
    ).one_or_none()
    if use is not None:
        tx.execute(update(USES).where(USES.c.id == use.id).values(cost=points))
        tx.execute(update(OFFERS).where(OFFERS.c.id == use.offer_id).values(spent=OFFERS.c.spent + points))


def _use_of(cause: Cause) -> ColumnElement[bool]:
    return and_(USES.c.cause_kind == cause.kind, USES.c.cause_id == cause.id)


def _voucher_of(cause: Cause) -> ColumnElement[bool]:
    return and_(VOUCHERS.c.cause_kind == cause.kind, VOUCHERS.c.cause_id == cause.id)
