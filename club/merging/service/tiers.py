"""The better of two statuses is held to its own end date; undone, both are as they were."""

from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import delete, insert, select, update

from club.database import Transaction
from club.merging.service.rows import BEGUN, ENDED, ids_of, remember
from club.tiers.models import Status, StatusNote, ladders
from club.tiers.rules import DatedLadder, How
from club.tiers.service import reassess, reassess_after_return
from club.tiers.service.terms import NewTerm, begin

TABLE = Status.__tablename__
_NO_SYNC = {"synchronize_session": False}


class _Term(NamedTuple):
    id: int
    rung_key: str
    position: int
    version_id: int
    since: date
    until: date | None


def bring_together(
    tx: Transaction, merge_id: int, stays_id: int, goes_id: int, why: str, *, by: int | None, today: date, now: datetime
) -> None:
    """End the status of the record that goes, give the other one the better of both, and look at the rule again.

    For use after the purchases have moved.
    """
    dated = ladders(tx).on(today)
    own, others = _current(tx, stays_id), _current(tx, goes_id)
    if others is not None:
        _end(tx, merge_id, others.id, max(today, others.since))
        if _is_better(dated, others, own):
            _begin(tx, merge_id, stays_id, own, others, why, by=by, today=today, now=now)
    before = _current(tx, stays_id)
    change = reassess(tx, stays_id, today, now, silent=True)
    if change is not None:
        remember(tx, merge_id, ENDED, TABLE, "id", [] if before is None else [(before.id,)])
        remember(tx, merge_id, BEGUN, TABLE, "id", [(change.status_id,)])


def part_again(tx: Transaction, merge_id: int, stays_id: int, merged_at: datetime, today: date, now: datetime) -> None:
    """Take out what the merge began and open what it ended; what came since is looked at without what went back."""
    begun = ids_of(tx, merge_id, BEGUN, TABLE)
    ended = [status_id for status_id in ids_of(tx, merge_id, ENDED, TABLE) if status_id not in begun]
    last_id = max([*begun, *ended], default=0)
    tx.execute(delete(StatusNote).where(StatusNote.status_id.in_(begun)), execution_options=_NO_SYNC)
    tx.execute(delete(Status).where(Status.id.in_(begun)), execution_options=_NO_SYNC)
    later = _first_since(tx, stays_id, merged_at, last_id)
    for status_id in ended:
        opened = update(Status).where(Status.id == status_id)
        is_own = tx.scalar(select(Status.member_id).where(Status.id == status_id)) == stays_id
        tx.execute(opened.values(ended_on=later if is_own else None), execution_options=_NO_SYNC)
    if later is not None:
        reassess_after_return(tx, stays_id, today, now, silent=True)


def _current(tx: Transaction, member_id: int) -> _Term | None:
    columns = [getattr(Status, name) for name in _Term._fields]
    row = tx.execute(select(*columns).where(Status.member_id == member_id, Status.ended_on.is_(None))).one_or_none()
    return None if row is None else _Term(*row)


def _first_since(tx: Transaction, member_id: int, moment: datetime, last_id: int) -> date | None:
    """The first day of the first term that was written after the merge's own rows."""
    later = Status.recorded_at >= moment, Status.id > last_id
    found = select(Status.since).where(Status.member_id == member_id, *later)
    return tx.scalar(found.order_by(Status.id).limit(1))


def _is_better(dated: DatedLadder, others: _Term, own: _Term | None) -> bool:
    """Higher, or as high and held for longer."""
    if own is None:
        return others.until is not None
    theirs, ours = dated.held(others.rung_key, others.until), dated.held(own.rung_key, own.until)
    if theirs.rank != ours.rank:
        return theirs.rank > ours.rank
    return theirs.until is not None and ours.until is not None and theirs.until > ours.until


def _begin(
    tx: Transaction,
    merge_id: int,
    stays_id: int,
    own: _Term | None,
    others: _Term,
    why: str,
    *,
    by: int | None,
    today: date,
    now: datetime,
) -> None:
    since = max([today, others.since, *([] if own is None else [own.since])])
    term = NewTerm(stays_id, others.rung_key, others.position, others.version_id, since, others.until, How.HAND)
    status_id = begin(tx, None if own is None else own.id, term, now)
    if status_id is None:
        raise RuntimeError("somebody else changed this member's term behind the lock of their balance")
    tx.execute(insert(StatusNote).values(status_id=status_id, by=by, why=why[:500]))
    if own is not None:
        remember(tx, merge_id, ENDED, TABLE, "id", [(own.id,)])
    remember(tx, merge_id, BEGUN, TABLE, "id", [(status_id,)])


def _end(tx: Transaction, merge_id: int, status_id: int, on: date) -> None:
    tx.execute(update(Status).where(Status.id == status_id).values(ended_on=on), execution_options=_NO_SYNC)
    remember(tx, merge_id, ENDED, TABLE, "id", [(status_id,)])
