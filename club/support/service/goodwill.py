"""What a colleague does for a customer out of a conversation: points, a voucher, a return; it stands there in words."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from club.approvals.service import (
    Outcome,
    PointsChange,
    VoucherGift,
    change_points_in,
    give_voucher_in,
    refusing_repeats,
)
from club.database import Transaction, transaction
from club.errors import PointsOutOfRange, UnknownMember
from club.permissions import Permission, Role, may, require
from club.programme.models import the_club
from club.support.rules import Kind
from club.support.service.steps import Held, case_with_key, hold, note, refuse_own, write


@dataclass(frozen=True)
class Told:
    """What colleagues read in the conversation: where it was done at once, and where a second person was asked."""

    done: str
    asked: str


def grant(
    db: Session, case_id: int, points: int, why: str, by: int, role: Role | None, now: datetime, *, form_key: bytes,
    told: Told,
) -> Outcome:  # fmt: skip
    """Give points as a sign of goodwill, at once within one's own limit, else a second person is asked.

    Whoever may approve has the club's limit, everybody else the one for goodwill; what a colleague gave this member
    within 30 days counts together. Raises `NotAllowed`, `NotFound`, `AlreadyPosted` and as `change_points`.
    """
    require(role, Permission.ANSWER_SUPPORT)
    if points < 1:
        raise PointsOutOfRange(points)
    with refusing_repeats(), transaction(db) as tx:
        held = hold(tx, case_id)
        change = PointsChange(_member(held), points, why, form_key, own_limit(tx, role))
        outcome = change_points_in(tx, change, by, role, now)
        _tell(tx, held, outcome, told, by, now)
        note(tx, held, "support.granted", by, now, points=points, approval_id=outcome.approval_id)
        return outcome


def give_voucher(
    db: Session, case_id: int, offer_id: int, why: str, by: int, role: Role | None, now: datetime, *,
    form_key: bytes, told: Told,
) -> Outcome:  # fmt: skip
    """The same with a voucher, which counts by what it is worth. Raises as `grant`, and `OfferNotOpen`."""
    require(role, Permission.ANSWER_SUPPORT)
    with refusing_repeats(), transaction(db) as tx:
        held = hold(tx, case_id)
        gift = VoucherGift(_member(held), offer_id, why, form_key, own_limit(tx, role))
        outcome = give_voucher_in(tx, gift, by, role, now)
        _tell(tx, held, outcome, told, by, now)
        note(tx, held, "support.voucher", by, now, offer_id=offer_id, approval_id=outcome.approval_id)
        return outcome


def note_return(
    db: Session, case_id: int, person_id: int | None, words: str, by: int, role: Role | None, now: datetime, *,
    form_key: bytes,
) -> None:  # fmt: skip
    """Say in the conversation that a return was begun; once a form, and only where it is about the same customer.

    Raises `NotAllowed`, `NotFound` and `OwnMembership`.
    """
    require(role, Permission.ANSWER_SUPPORT)
    with transaction(db) as tx:
        held = hold(tx, case_id)
        refuse_own(tx, by, held)
        if held.person_id is None or held.person_id != person_id:
            raise UnknownMember
        if case_with_key(tx, form_key) is None:
            write(tx, case_id, Kind.NOTE, words, now, by=by, form_key=form_key)
            note(tx, held, "support.noted", by, now)


def own_limit(tx: Transaction, role: Role | None) -> int | None:
    """From how many points on a colleague needs a second person, where that is less than the club's limit."""
    return None if may(role, Permission.APPROVE) else the_club(tx).goodwill_points


def _member(held: Held) -> int:
    if held.person_id is None:
        raise UnknownMember
    return held.person_id


def _tell(tx: Transaction, held: Held, outcome: Outcome, told: Told, by: int, now: datetime) -> None:
    write(tx, held.id, Kind.NOTE, told.done if outcome.is_done else told.asked, now, by=by)
