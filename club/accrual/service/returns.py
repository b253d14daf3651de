"""Goods come back, or a purchase is called off: points and tier follow the original at its own date."""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from club.accrual.paying import ComesBack
from club.accrual.service.paying import give_points_back_in
from club.accrual.service.purchase import EARNED, OnlyLooking
from club.clock import club_day
from club.database import Transaction, transaction
from club.errors import DateTooOld, OwnMembership
from club.members.models import is_own
from club.permissions import Permission, Role, require
from club.points.service import reverse
from club.programme.models import the_club
from club.purchases.models import find_bought, lines_of, locked
from club.purchases.rules import COUNTER, Bought, BoughtLine, GivenBack, ReturnOf, check_day, given_back
from club.purchases.service import write_correction
from club.tiers.models import status_of
from club.tiers.service import reassess_after_return

REVERSED = "purchase.reversed"


@dataclass(frozen=True)
class Returned:
    """What a recorded return took."""

    correction_id: int
    purchase_id: int
    amount: int
    points: int
    tier_before: str
    tier_after: str
    points_back: int = 0
    """Points that had paid a part of it and came back."""


def record_return(
    db: Session, wanted: ReturnOf, by: int | None, role: Role | None, now: datetime, silent: bool = False
) -> Returned:
    """Give back of a purchase in a transaction of its own.

    Raises `NotAllowed`, `OwnMembership`, `UnknownReference`, `MoreThanBought`, `MoreUnitsThanBought`,
    `ReferenceTaken`, `DateInFuture` and `DateTooOld`.
    """
    require(role, Permission.CORRECT_PURCHASES)
    with transaction(db) as tx:
        _refuse_own(tx, wanted, by)
        return record_return_in(tx, wanted, by, now, silent)


def record_return_in(
    tx: Transaction, wanted: ReturnOf, by: int | None, now: datetime, silent: bool = False
) -> Returned:
    """The same as a step; whoever calls it has asked for the permission."""
    today = _checked_day(tx, wanted, now)
    original = locked(tx, wanted.channel, wanted.reference)
    if wanted.corrected_on < original.bought_on:
        raise DateTooOld
    lines = lines_of(tx, original.id)
    back = given_back(original, lines, wanted)
    correction_id = write_correction(tx, original, wanted, back, by=by, now=now)
    before = status_of(tx, original.member_id, today).key
    reverse(
        tx,
        EARNED,
        original.id,
        back.points,
        REVERSED,
        correction_id,
        wanted.corrected_on,
        today,
        now,
        {"amount": back.amount, "purchase_id": original.id},
    )
    points_back = 0
    if original.channel == COUNTER:
        points_back = give_points_back_in(tx, original.id, correction_id, _comes_back(original, lines, back), now)
    change = reassess_after_return(tx, original.member_id, today, now, silent)
    return Returned(
        correction_id=correction_id,
        purchase_id=original.id,
        amount=back.amount,
        points=back.points,
        tier_before=before,
        tier_after=before if change is None else change.after,
        points_back=points_back,
    )


def _comes_back(original: Bought, lines: list[BoughtLine], back: GivenBack) -> ComesBack:
    pieces_left = sum(line.quantity - line.returned_quantity for line in lines) - sum(
        one.quantity for one in back.lines
    )
    return ComesBack(
        paid=original.amount,
        before=original.amount - original.net_amount,
        now=back.amount,
        is_whole=not pieces_left if lines else back.amount == original.net_amount,
    )


def preview_return(db: Session, wanted: ReturnOf, by: int | None, role: Role | None, now: datetime) -> Returned:
    """What the return would take: it is recorded and rolled back, so that preview and result cannot differ."""
    require(role, Permission.CORRECT_PURCHASES)
    _refuse_own(db, wanted, by)
    with suppress(OnlyLooking), transaction(db) as tx:
        returned = record_return_in(tx, wanted, by, now, silent=True)
        raise OnlyLooking
    return replace(returned, correction_id=0)


def _refuse_own(db: Session, wanted: ReturnOf, by: int | None) -> None:
    original = find_bought(db, wanted.channel, wanted.reference)
    if original is not None and is_own(db, by, original.member_id):
        raise OwnMembership


def _checked_day(db: Session, wanted: ReturnOf, now: datetime) -> date:
    today = club_day(now, the_club(db).time_zone)
    check_day(wanted.corrected_on, today)
    return today
