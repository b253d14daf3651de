"""A purchase becomes points and tier. All is worked out before the first lock; then come a few prebuilt statements."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from club.accrual.models import all_rules, lock_member
from club.accrual.rules import Campaign, Earning, Period, Rules, earned
from club.clock import club_day
from club.database import Transaction, transaction
from club.errors import NotFound, OwnMembership, UnknownMember
from club.members.models import is_own
from club.permissions import Permission, Role, require
from club.points.rules import Earned, expires_on
from club.points.service import earn
from club.programme.models import the_club
from club.programme.rules import Club
from club.purchases.models import points_between
from club.purchases.rules import SHOP, NewPurchase, check_purchase
from club.purchases.service import write_purchase
from club.tiers.models import StatusView, status_of
from club.tiers.service import reassess
from club.tiers.standing import Standing

EARNED = "purchase.earned"


@dataclass(frozen=True)
class Recorded:
    """What a purchase brought, or would bring; tiers by their keys. `why` is the breakdown that is kept with it."""

    purchase_id: int
    points: int
    qualifying_points: int
    tier_before: str
    tier_after: str
    why: Mapping[str, object] | None
    activates_on: date | None
    expires_on: date | None
    extra_points: int = 0
    """How many of the points came by campaigns of this purchase alone."""


@dataclass(frozen=True)
class Preview:
    """What a purchase would bring, and where its member would stand then."""

    brings: Recorded
    then: Standing


class OnlyLooking(Exception):
    """Rolls back what was tried."""


@dataclass(frozen=True)
class _Plan:
    """All that is known before anything is locked."""

    club: Club
    today: date
    rules: Rules
    plain_rules: Rules
    """Without campaigns of this purchase alone."""
    status: StatusView
    tier_before: str
    earning: Earning
    activates_on: date | None
    expires_on: date | None


def record_purchase(
    db: Session, new: NewPurchase, by: int | None, role: Role | None, now: datetime, silent: bool = False
) -> Recorded:
    """Record a purchase in a transaction of its own.

    Raises `NotAllowed`, `OwnMembership`, `AmountOutOfRange`, `LinesDoNotAddUp`, `DateInFuture`, `DateTooOld`,
    `ReferenceTaken` and `UnknownMember`.
    """
    require(role, Permission.RECORD_PURCHASES)
    with transaction(db) as tx:
        refuse_own(tx, by, new.member_id)
        return record_purchase_in(tx, new, by, now, silent)


def record_purchase_in(
    tx: Transaction,
    new: NewPurchase,
    by: int | None,
    now: datetime,
    silent: bool = False,
    delivered_on: date | None = None,
    *,
    campaigns: tuple[Campaign, ...] = (),
) -> Recorded:
    """The same as a step; whoever calls it has asked for the permission.

    Points of the shop wait until the return window after `delivered_on` has passed, without end while that is None.
    `campaigns` count for this purchase alone, beside those of its day.
    """
    return _post(tx, new, _plan(tx, new, now, delivered_on, campaigns), by, now, silent)


def refuse_own(db: Session, by: int | None, member_id: int) -> None:
    """Nobody records their own purchases."""
    if is_own(db, by, member_id):
        raise OwnMembership


def _plan(
    db: Session, new: NewPurchase, now: datetime, delivered_on: date | None, campaigns: tuple[Campaign, ...] = ()
) -> _Plan:
    club = the_club(db)
    today = club_day(now, club.time_zone)
    check_purchase(new, today)
    plain_rules = all_rules(db).on(new.bought_on)
    rules = replace(plain_rules, campaigns=(*plain_rules.campaigns, *campaigns)) if campaigns else plain_rules
    status = status_of(db, new.member_id, new.bought_on)
    activates_on = _activates_on(new, club, delivered_on)
    return _Plan(
        club=club,
        today=today,
        rules=rules,
        plain_rules=plain_rules,
        status=status,
        tier_before=status.key if new.bought_on == today else status_of(db, new.member_id, today).key,
        earning=earned(new, rules, status.rung.multiplier_percent, rung_key=status.key),
        activates_on=activates_on,
        expires_on=None if activates_on is None else expires_on(activates_on, club.expiry_months),
    )


def _activates_on(new: NewPurchase, club: Club, delivered_on: date | None) -> date | None:
    if new.channel != SHOP:
        return new.bought_on
    return None if delivered_on is None else delivered_on + timedelta(days=club.shop_return_days)


def _post(tx: Transaction, new: NewPurchase, plan: _Plan, by: int | None, now: datetime, silent: bool) -> Recorded:
    earning = plan.earning
    if plan.rules.caps:
        lock_member(tx, new.member_id)
        earning = _under_the_caps(tx, new, plan, plan.rules)
    extra = 0
    if plan.rules is not plan.plain_rules:
        extra = earning.points - _under_the_caps(tx, new, plan, plan.plain_rules).points
    purchase_id = write_purchase(
        tx,
        new,
        points=earning.points,
        qualifying_points=earning.qualifying_points,
        per_line=earning.per_line,
        by=by,
        now=now,
    )
    _post_points(tx, new, plan, purchase_id, earning, now)
    change = reassess(tx, new.member_id, plan.today, now, silent)
    return Recorded(
        purchase_id=purchase_id,
        points=earning.points,
        qualifying_points=earning.qualifying_points,
        tier_before=plan.tier_before,
        tier_after=plan.tier_before if change is None else change.after,
        why=earning.why,
        activates_on=plan.activates_on,
        expires_on=plan.expires_on,
        extra_points=extra,
    )


def _post_points(
    tx: Transaction, new: NewPurchase, plan: _Plan, purchase_id: int, earning: Earning, now: datetime
) -> None:
    """Post the movement behind the member's lock: the tier is looked at next, and has to see every other purchase."""
    points = Earned(
        member_id=new.member_id,
        kind=EARNED,
        cause_id=purchase_id,
        points=earning.points,
        dated_on=new.bought_on,
        activates_on=plan.activates_on,
        expires_on=plan.expires_on,
        why=earning.why,
    )
    if not points.points or not points.is_active_on(plan.today):  # else `earn` takes the lock itself
        lock_member(tx, new.member_id)
    try:
        earn(tx, points, plan.today, now)
    except NotFound as unknown:
        raise UnknownMember from unknown


def _under_the_caps(db: Session, new: NewPurchase, plan: _Plan, rules: Rules) -> Earning:
    """The earning again, with what this member's purchases of each capped period earned so far."""
    periods = {cap.period for cap in rules.caps}
    before: dict[Period, int] = {
        period: points_between(db, new.member_id, *period.around(new.bought_on)) for period in periods
    }
    return earned(new, rules, plan.status.rung.multiplier_percent, rung_key=plan.status.key, earned_before=before)
