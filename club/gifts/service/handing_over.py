"""Staff hand over a benefit that a member chose."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from club.audit import record
from club.database import transaction
from club.errors import GiftNotOpen, NotFound, OwnMembership
from club.gifts.models import GIFTS, OPTIONS
from club.gifts.rules import State, What
from club.members.models import is_own
from club.permissions import Permission, Role, require


def hand_over(db: Session, gift_id: int, by: int, role: Role | None, now: datetime) -> None:
    """The member has it. Raises `NotAllowed`, `NotFound`, `OwnMembership`, `GiftNotOpen` where it was noted."""
    _note(db, gift_id, by, role, now, is_given=True)


def take_back(db: Session, gift_id: int, by: int, role: Role | None, now: datetime) -> None:
    """It was noted by mistake. Raises what `hand_over` raises."""
    _note(db, gift_id, by, role, now, is_given=False)


def _note(db: Session, gift_id: int, by: int, role: Role | None, now: datetime, *, is_given: bool) -> None:
    require(role, Permission.RECORD_PURCHASES)
    with transaction(db) as tx:
        is_option = (OPTIONS.c.rule_id == GIFTS.c.rule_id) & (OPTIONS.c.position == GIFTS.c.position)
        asked = select(GIFTS.c.person_id, GIFTS.c.position).join(OPTIONS, is_option)
        found = tx.execute(
            asked.where(GIFTS.c.id == gift_id, GIFTS.c.state == State.GIVEN.value, OPTIONS.c.what == What.BENEFIT.value)
        ).one_or_none()
        if found is None:
            raise NotFound
        person_id, position = found
        if is_own(tx, by, person_id):
            raise OwnMembership
        before = GIFTS.c.handed_over_at.is_(None) if is_given else GIFTS.c.handed_over_at.is_not(None)
        then = {"handed_over_at": now if is_given else None, "handed_over_by": by if is_given else None}
        noted = update(GIFTS).where(GIFTS.c.id == gift_id, GIFTS.c.position == position, before).values(then)
        if not tx.connection().execute(noted).rowcount:
            raise GiftNotOpen
        act = "gift.handed_over" if is_given else "gift.taken_back"
        record(tx, act, "person", person_id, by=by, now=now, gift=gift_id)
