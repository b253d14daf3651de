"""Points and tiers by hand: done at once within the colleague's own limit, left for a second person above it."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256

from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from club.approvals.models import Approval, changed_lately
from club.approvals.rules import WAITS, Kind, State, points_need_second, tier_needs_second
from club.audit import record
from club.clock import club_day
from club.database import Transaction, transaction
from club.errors import AlreadyPosted, NotFound, OfferNotOpen, OwnMembership, ReasonMissing, UnknownMember
from club.members.household import is_household
from club.offers.models import the_offer
from club.offers.rules import Kind as OfferKind
from club.offers.service.granting import grant
from club.permissions import Permission, Role, may, require
from club.points.models import BalanceView, balance_of
from club.points.service import adjust_in
from club.points.service.posting import lock_balance
from club.programme.models import the_club
from club.tiers.models import StatusView, ladder_on, status_of
from club.tiers.service import end_by_hand, set_in


@dataclass(frozen=True)
class PointsChange:
    """Points to give (+) or to take (-), and why. `once`: what the form is recognised by."""

    person_id: int
    points: int
    why: str
    once: bytes | None = None
    limit: int | None = None
    """A lower limit than the club's, where there is one."""


@dataclass(frozen=True)
class VoucherGift:
    """A voucher to give, and why. `once` and `limit` as of points."""

    person_id: int
    offer_id: int
    why: str
    once: bytes | None = None
    limit: int | None = None


@dataclass(frozen=True)
class TierChange:
    """A rung to give, its last day (none on the first rung), and why."""

    person_id: int
    rung_key: str
    until: date | None
    why: str
    once: bytes | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of it. `is_done`: it was within the limit; otherwise a second person has to say yes."""

    approval_id: int
    is_done: bool


@dataclass(frozen=True)
class PointsEffect:
    """What a change of points would do, and whether it waits."""

    before: BalanceView
    after: BalanceView
    worth: int
    """What the change is worth, in minor units; never below zero."""
    waits: bool
    limit: int
    changed_lately: int
    """Points that the colleague changed for this member in the last 30 days."""


@dataclass(frozen=True)
class TierEffect:
    """What a tier by hand would change, and whether it waits."""

    before: StatusView
    after: StatusView
    waits: bool


class _OnlyLooking(Exception):
    """Rolls back what was tried."""


def change_points(db: Session, change: PointsChange, by: int, role: Role | None, now: datetime) -> Outcome:
    """Give or take points, or ask a second person when that reaches the limit.

    What the colleague changed for this member in the last 30 days counts too. Raises `NotAllowed`, `OwnMembership`,
    `UnknownMember`, `ReasonMissing`, `PointsOutOfRange`, `NotEnoughPoints`, and `AlreadyPosted` for a form sent twice.
    """
    require(role, Permission.ADJUST_POINTS)
    with refusing_repeats(), transaction(db) as tx:
        return change_points_in(tx, change, by, role, now)


def change_points_in(tx: Transaction, change: PointsChange, by: int, role: Role | None, now: datetime) -> Outcome:
    """The same as a step; a form sent twice fails when its key is written, see `refusing_repeats`."""
    require(role, Permission.ADJUST_POINTS)
    waits = _look(tx, change, by, now)
    approval_id = _write(tx, change, Kind.POINTS, State.WAITING if waits else State.AT_ONCE, by, now)
    if not waits:
        adjust_in(tx, change.person_id, change.points, change.why, by, now)
    return Outcome(approval_id, is_done=not waits)


def give_voucher_in(tx: Transaction, gift: VoucherGift, by: int, role: Role | None, now: datetime) -> Outcome:
    """A step: a voucher of an offer that comes as a gift alone, or a request for one.

    It counts together with points that were given, by what it is worth; where nobody can say that, as of a percentage
    or free delivery, a second person always decides. Raises as `change_points_in`, and `OfferNotOpen`.
    """
    require(role, Permission.ADJUST_POINTS)
    club, view = the_club(tx), the_offer(tx, gift.offer_id)
    if not view.offer.only_given or not view.is_live(club_day(now, club.time_zone)):
        raise OfferNotOpen
    worth = club.points_for(view.offer.amount) if view.offer.kind is OfferKind.AMOUNT else None
    counted = PointsChange(gift.person_id, worth or 0, gift.why, gift.once, gift.limit)
    waits = _look(tx, counted, by, now) or worth is None
    state = State.WAITING if waits else State.AT_ONCE
    approval_id = _write(tx, counted, Kind.POINTS, state, by, now, offer_id=gift.offer_id)
    if not waits:
        hand_voucher(tx, approval_id, gift.person_id, gift.offer_id, gift.why, by, now)
    return Outcome(approval_id, is_done=not waits)


def hand_voucher(
    tx: Transaction, approval_id: int, person_id: int, offer_id: int, why: str, by: int, now: datetime
) -> None:
    """A step: the voucher itself, once for each act. The member's balance is held. Raises `OfferNotOpen`."""
    content = sha256(f"approval:{approval_id}".encode()).digest()
    voucher_id = grant(tx, person_id, offer_id, content, club_day(now, the_club(tx).time_zone), now)
    if voucher_id is None:
        raise OfferNotOpen
    record(
        tx, "voucher.given", "person", person_id, by=by, now=now, why=why.strip(), person_id=person_id,
        approval_id=approval_id, voucher_id=voucher_id, offer_id=offer_id,
    )  # fmt: skip


def preview_points(db: Session, change: PointsChange, by: int, role: Role | None, now: datetime) -> PointsEffect:
    """What it would do: it is done and rolled back, so that preview and result cannot differ."""
    require(role, Permission.ADJUST_POINTS)
    club = the_club(db)
    today = club_day(now, club.time_zone)
    with suppress(_OnlyLooking), transaction(db) as tx:
        waits = _look(tx, change, by, now)
        counted = changed_lately(tx, by, change.person_id, now)
        before = balance_of(tx, change.person_id, today)
        adjust_in(tx, change.person_id, change.points, change.why, by, now)
        after = balance_of(tx, change.person_id, today)
        raise _OnlyLooking
    return PointsEffect(before, after, club.worth(abs(change.points)), waits, club.approval_points, counted)


def change_tier(db: Session, change: TierChange, by: int, role: Role | None, now: datetime) -> Outcome:
    """Put a member on a rung, or ask a second person.

    A second person is asked by who may not set tiers, and for a status that would last longer than one that is
    reached. Raises `NotAllowed`, `OwnMembership`, `UnknownMember`, `ReasonMissing`, `UnknownRung`, `EndNotAhead`,
    and `AlreadyPosted` for a form sent twice.
    """
    require(role, Permission.ADJUST_POINTS)
    with refusing_repeats(), transaction(db) as tx:
        waits = _tier_waits(tx, change, by, role, now)
        approval_id = _write(tx, change, Kind.TIER, State.WAITING if waits else State.AT_ONCE, by, now)
        if waits:
            _try_tier(tx, change, by, now)
        else:
            set_in(tx, change.person_id, change.rung_key, change.until, change.why, by=by, now=now)
    return Outcome(approval_id, is_done=not waits)


def preview_tier(db: Session, change: TierChange, by: int, role: Role | None, now: datetime) -> TierEffect:
    """What it would do: it is done and rolled back, so that preview and result cannot differ."""
    require(role, Permission.ADJUST_POINTS)
    today = club_day(now, the_club(db).time_zone)
    with suppress(_OnlyLooking), transaction(db) as tx:
        waits = _tier_waits(tx, change, by, role, now)
        before = status_of(tx, change.person_id, today)
        set_in(tx, change.person_id, change.rung_key, change.until, change.why, by=by, now=now)
        after = status_of(tx, change.person_id, today)
        raise _OnlyLooking
    return TierEffect(before, after, waits)


def give_back_tier(db: Session, person_id: int, why: str, by: int, role: Role | None, now: datetime) -> int:
    """End a status that was given by hand: the rule decides again, at once; returns the new term's id.

    Raises `NotAllowed`, `OwnMembership`, `ReasonMissing`, and `NotFound` where none is held.
    """
    require(role, Permission.SET_TIER_BY_HAND)
    with transaction(db) as tx:
        _lock_other(tx, person_id, by)
        return end_by_hand(tx, person_id, why, by=by, now=now)


def preview_back_to_rule(db: Session, person_id: int, now: datetime) -> StatusView:
    """What would hold if a status given by hand ended today."""
    today = club_day(now, the_club(db).time_zone)
    with suppress(_OnlyLooking), transaction(db) as tx:
        end_by_hand(tx, person_id, "-", by=None, now=now)
        after = status_of(tx, person_id, today)
        raise _OnlyLooking
    return after


@contextmanager
def refusing_repeats() -> Iterator[None]:
    """A form that was sent twice is one act: its key is there already."""
    try:
        yield
    except IntegrityError as clash:
        if "once" in str(clash.orig):
            raise AlreadyPosted from clash
        raise


def _look(tx: Transaction, change: PointsChange, by: int, now: datetime) -> bool:
    """Whether the change waits, behind the lock of the member's balance: changes at the same moment are counted."""
    _lock_other(tx, change.person_id, by)
    if not change.why.strip():
        raise ReasonMissing
    limit = the_club(tx).approval_points
    limit = limit if change.limit is None else min(limit, change.limit)
    return points_need_second(change.points, changed_lately(tx, by, change.person_id, now), limit)


def _tier_waits(tx: Transaction, change: TierChange, by: int, role: Role | None, now: datetime) -> bool:
    _lock_other(tx, change.person_id, by)
    today = club_day(now, the_club(tx).time_zone)
    ladder = ladder_on(tx, today).ladder
    longest = ladder.term_end(ladder.position_of(change.rung_key) or 0, today)
    return not may(role, Permission.SET_TIER_BY_HAND) or tier_needs_second(change.until, longest)


def _try_tier(tx: Transaction, change: TierChange, by: int, now: datetime) -> None:
    """Refuse now what could not be done later: it is tried behind a savepoint."""
    with suppress(_OnlyLooking), tx.begin_nested():
        set_in(tx, change.person_id, change.rung_key, change.until, change.why, by=by, now=now)
        raise _OnlyLooking


def _lock_other(tx: Transaction, person_id: int, by: int) -> None:
    """Hold somebody else's account until the end. Raises `UnknownMember` and `OwnMembership`."""
    try:
        lock_balance(tx, person_id)
    except NotFound as unknown:
        raise UnknownMember from unknown
    if is_household(tx, by, person_id):
        raise OwnMembership


def _write(
    tx: Transaction,
    change: PointsChange | TierChange,
    kind: Kind,
    state: State,
    by: int,
    now: datetime,
    *,
    offer_id: int | None = None,
) -> int:
    what: dict[str, object] = (
        {"points": change.points}
        if isinstance(change, PointsChange)
        else {"rung_key": change.rung_key, "until": change.until}
    )
    approval_id = tx.execute(
        insert(Approval)
        .values(
            kind=kind,
            person_id=change.person_id,
            why=change.why.strip(),
            asked_by=by,
            asked_at=now,
            once=change.once,
            state=state,
            expires_at=now + WAITS,
            words="",
            offer_id=offer_id,
            **what,
        )
        .returning(Approval.id)
    ).scalar_one()
    if state is State.WAITING:
        points = change.points if isinstance(change, PointsChange) else None
        record(
            tx, "approval.asked", "person", change.person_id, by=by, now=now, why=change.why.strip(),
            person_id=change.person_id, approval_id=approval_id, points=points,
        )  # fmt: skip
    return approval_id
