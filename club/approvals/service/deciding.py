"""A second person says yes or no; an asker takes a request back; what nobody decided is over."""

from datetime import date, datetime
from typing import cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from club.approvals.models import Approval
from club.approvals.rules import Kind, State
from club.approvals.service.asking import hand_voucher
from club.audit import record
from club.database import Transaction, transaction
from club.errors import AlreadyDecided, NotAllowed, NotFound, OwnMembership, OwnRequest, ReasonMissing
from club.members.household import is_household
from club.permissions import Permission, Role, require
from club.points.service import adjust_in
from club.points.service.posting import lock_balance
from club.tiers.service import set_in

_DOES = {Kind.POINTS: Permission.ADJUST_POINTS, Kind.TIER: Permission.SET_TIER_BY_HAND}
"""What an approver has to be allowed to do alone."""


def approve(db: Session, approval_id: int, words: str, by: int, role: Role | None, now: datetime) -> None:
    """Say yes: the act is done now, with what the member has now, in the name of who asked.

    What cannot be done any more (`NotEnoughPoints`, `OfferNotOpen`, `UnknownRung`, `EndNotAhead`) is refused and
    the request stays. Raises `NotAllowed`, `OwnRequest`, `OwnMembership`, `AlreadyDecided`, `NotFound`.
    """
    require(role, Permission.APPROVE)
    with transaction(db) as tx:
        asked = _locked(tx, approval_id)
        require(role, _DOES[Kind(asked.kind)])
        _refuse_own(tx, asked, by)
        _end(tx, asked, State.APPROVED, words, by, now)
        if asked.offer_id is not None:
            hand_voucher(tx, approval_id, asked.person_id, asked.offer_id, asked.why, asked.asked_by, now)
        elif asked.points is not None:
            adjust_in(tx, asked.person_id, asked.points, asked.why, asked.asked_by, now, approval_id)
        else:
            assert asked.rung_key is not None
            set_in(
                tx, asked.person_id, asked.rung_key, asked.until, asked.why, by=asked.asked_by, now=now,
                approval_id=approval_id,
            )  # fmt: skip


def refuse(db: Session, approval_id: int, words: str, by: int, role: Role | None, now: datetime) -> None:
    """Say no, with the reason. Raises what `approve` raises, and `ReasonMissing`."""
    require(role, Permission.APPROVE)
    if not words.strip():
        raise ReasonMissing
    with transaction(db) as tx:
        asked = _locked(tx, approval_id)
        _refuse_own(tx, asked, by)
        _end(tx, asked, State.REFUSED, words, by, now)


def withdraw(db: Session, approval_id: int, by: int, now: datetime) -> None:
    """Take one's own request back. Raises `NotAllowed` for another's, `AlreadyDecided`, `NotFound`."""
    with transaction(db) as tx:
        asked = _locked(tx, approval_id)
        if asked.asked_by != by:
            raise NotAllowed
        _end(tx, asked, State.WITHDRAWN, "", by, now)


def take_note(db: Session, approval_id: int, by: int, now: datetime) -> None:
    """The asker has read the outcome: it is told no more. Raises `NotFound` for another's, and before the outcome."""
    with transaction(db) as tx:
        own = Approval.id == approval_id, Approval.asked_by == by, Approval.decided_at.is_not(None)
        if tx.scalar(select(Approval.id).where(*own)) is None:
            raise NotFound
        noted = update(Approval).where(*own, Approval.seen_at.is_(None)).values(seen_at=now)
        tx.execute(noted, execution_options={"synchronize_session": False})


def expire_old(db: Session, day: date, now: datetime) -> int:
    """End the requests that nobody decided in time; how many. For the night, whatever the day."""
    with transaction(db) as tx:
        ended = tx.execute(
            update(Approval)
            .where(Approval.state == State.WAITING, Approval.expires_at <= now)
            .values(state=State.EXPIRED, decided_at=now)
            .execution_options(synchronize_session=False)
        )
    return cast("CursorResult[tuple[()]]", ended).rowcount


def _locked(tx: Transaction, approval_id: int) -> Approval:
    """A request, its member's account held: the same order of locks as whoever changes points."""
    for _ in range(2):  # merging may move the request to another record between the look and the lock
        asked = tx.execute(
            select(Approval).where(Approval.id == approval_id).execution_options(populate_existing=True)
        ).scalar_one_or_none()
        if asked is None:
            raise NotFound
        try:
            lock_balance(tx, asked.person_id)
        except NotFound:
            continue
        return asked
    raise AlreadyDecided


def _refuse_own(tx: Transaction, asked: Approval, by: int) -> None:
    if asked.asked_by == by:
        raise OwnRequest
    if is_household(tx, by, asked.person_id):
        raise OwnMembership


def _end(tx: Transaction, asked: Approval, state: State, words: str, by: int, now: datetime) -> None:
    """Only what waits becomes something else, and only once."""
    ended = (
        update(Approval)
        .where(Approval.id == asked.id, Approval.state == State.WAITING, Approval.expires_at > now)
        .values(state=state, decided_by=by, decided_at=now, words=words.strip())
        .execution_options(synchronize_session=False)
    )
    if cast("CursorResult[tuple[()]]", tx.execute(ended)).rowcount != 1:
        raise AlreadyDecided
    record(
        tx, f"approval.{state.value}", "person", asked.person_id, by=by, now=now, why=words.strip(),
        person_id=asked.person_id, approval_id=asked.id, asked_by=asked.asked_by, points=asked.points,
    )  # fmt: skip
