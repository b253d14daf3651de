"""Terms that began because of something that never was: they go, and what they ended runs on."""

from datetime import datetime

from sqlalchemy import BigInteger, Table, delete, func, select, update

from club.database import Transaction
from club.intake.bulk import chosen
from club.tiers.models import Status
from club.tiers.rules import How

_C = Status.__table__.c
_STATUSES: Table = Status.__table__  # type: ignore[assignment]  # a mapped class has a Table
_BY_RULE = (How.REACHED, How.RENEWED, How.FELL, How.RETURNED)


def forget_terms(tx: Transaction, member_ids: list[int], since: datetime) -> int:
    """Remove the terms that the rule began for these members since a moment; how many.

    Whoever was given a term by hand since is left as they are. The rule has to look at everybody afterwards.
    """
    whose = chosen(tx, member_ids, BigInteger())
    decided = select(_C.member_id).where(
        _C.member_id.in_(whose), _C.recorded_at >= since, _C.how.in_((How.HAND, How.IMPORT))
    )
    left_alone = set(tx.scalars(decided))
    found = tx.execute(
        select(_C.id, _C.member_id).where(_C.member_id.in_(whose), _C.recorded_at >= since, _C.how.in_(_BY_RULE))
    ).all()
    gone = [row.id for row in found if row.member_id not in left_alone]
    members = sorted({row.member_id for row in found} - left_alone)
    remove_terms(tx, gone, members)
    return len(gone)


def remove_terms(tx: Transaction, status_ids: list[int], member_ids: list[int]) -> None:
    """Remove these terms; the last one before them runs on."""
    if not status_ids:
        return
    tx.execute(delete(_STATUSES).where(_C.id.in_(chosen(tx, status_ids, BigInteger()))))
    last = select(func.max(_C.id)).where(_C.member_id.in_(chosen(tx, member_ids, BigInteger()))).group_by(_C.member_id)
    tx.execute(update(_STATUSES).where(_C.id.in_(last)).values(ended_on=None))
