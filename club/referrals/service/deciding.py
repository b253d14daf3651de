"""A colleague looks at the evidence: it counts, it does not, or it waits. Nobody decides on their own friend."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, update
from sqlalchemy.orm import Session

from club.audit import record
from club.database import Transaction, transaction
from club.errors import ChangedMeanwhile, NotFound, OwnMembership, ReasonMissing
from club.members.household import is_household
from club.permissions import Permission, Role, require
from club.referrals.models import REFERRALS
from club.referrals.rules import MOVES, Cause, State
from club.referrals.service.rewarding import held

LONGEST_WHY = 500
_R = REFERRALS.c


def approve(db: Session, referral_id: int, seen: int, why: str, by: int, role: Role | None, now: datetime) -> None:
    """It counts in spite of the evidence; the night rewards it once it is due.

    Raises `NotAllowed`, `OwnMembership`, `ReasonMissing`, `ChangedMeanwhile`, and `NotFound` for a mere invitation.
    """
    with transaction(db) as tx:
        row = _mine_to_decide(tx, referral_id, seen, why, by, role)
        state = State.JOINED if row.purchase_id is None else State.BOUGHT
        _decide(tx, row, state, "referral.approved", why, by, now, is_approved=True)


def refuse(db: Session, referral_id: int, seen: int, why: str, by: int, role: Role | None, now: datetime) -> None:
    """It does not count. Raises what `approve` raises."""
    with transaction(db) as tx:
        row = _mine_to_decide(tx, referral_id, seen, why, by, role)
        _decide(tx, row, State.REFUSED, "referral.refused", why, by, now, cause=Cause.STAFF.value)


def put_on_hold(db: Session, referral_id: int, seen: int, why: str, by: int, role: Role | None, now: datetime) -> None:
    """Nothing is rewarded until a colleague decides. Raises what `approve` raises."""
    with transaction(db) as tx:
        row = _mine_to_decide(tx, referral_id, seen, why, by, role)
        _decide(tx, row, State.REVIEW, "referral.held", why, by, now, is_approved=False, cause="")


def note_export(db: Session, by: int, role: Role | None, now: datetime) -> None:
    """Somebody takes the list along; raises `NotAllowed`."""
    require(role, Permission.EXPORT_DATA)
    with transaction(db) as tx:
        record(tx, "referrals.exported", "programme", 1, by=by, now=now)


def _mine_to_decide(
    tx: Transaction, referral_id: int, seen: int, why: str, by: int, role: Role | None
) -> Row[Any]:  # fmt: skip
    require(role, Permission.MANAGE_REFERRALS)
    if not why.strip():
        raise ReasonMissing
    row = held(tx, referral_id)
    if row.friend_id is None:  # invited by mail: there is nobody yet to decide about
        raise NotFound
    if is_household(tx, by, row.referrer_id) or is_household(tx, by, row.friend_id):
        raise OwnMembership
    if row.version != seen:
        raise ChangedMeanwhile(())
    return row


def _decide(
    tx: Transaction, row: Row[Any], state: State, act: str, why: str, by: int, now: datetime, **values: Any
) -> None:
    if state not in MOVES[State(row.state)]:
        raise ChangedMeanwhile(())
    tx.execute(
        update(REFERRALS)
        .where(_R.id == row.id)
        .values(state=state.value, decided_at=now, decided_by=by, version=_R.version + 1, **values)
    )
    record(
        tx, act, "referral", row.id, by=by, now=now, why=why.strip()[:LONGEST_WHY], person_id=row.friend_id,
        referrer=row.referrer_id, friend=row.friend_id,
    )  # fmt: skip
