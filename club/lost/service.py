"""Opening cases for whoever is late, working them, and ending them when somebody buys again."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, delete, func, insert, literal, select, update
from sqlalchemy.orm import Session

from club.audit import record
from club.care.models import Carer
from club.care.rules import Entry
from club.care.service import log
from club.care.service.writing import hold_colleague
from club.clock import ONE_DAY, club_day
from club.database import Transaction, transaction
from club.errors import CaseChanged, CaseNotOpen, NotFound
from club.insight.models import MemberFigures
from club.lost.models import LostCase, LostMove, open_case_of, the_case
from club.lost.rules import OPEN, Cause, Step, Why, may_move
from club.permissions import Permission, Role, require
from club.programme.models import the_club

_C, _F = LostCase, MemberFigures


@dataclass(frozen=True)
class Followed:
    """What a look at everybody changed."""

    won_back: int
    suspected: int
    dropped: int


def follow(db: Session, as_of: date, now: datetime) -> Followed:
    """Bring the register up with the figures: who bought again is won back, who is late is suspected.

    A suspicion that nobody touched is dropped when the rule no longer finds them late. Three statements for everybody;
    a second run changes nothing.
    """
    with transaction(db) as tx:
        won = _win_back(tx)
        dropped = _drop(tx, as_of)
        before = _number_of_cases(tx)
        tx.execute(_suspects(as_of))
        return Followed(won, _number_of_cases(tx) - before, dropped)


def night(db: Session, day: date, now: datetime) -> int:
    """The same as a step of the night, after the figures; of several nights only the last one looks."""
    if day < club_day(now, the_club(db).time_zone) - ONE_DAY:
        return 0
    found = follow(db, day, now)
    return found.won_back + found.suspected + found.dropped


def _number_of_cases(tx: Transaction) -> int:
    return int(tx.scalar(select(func.count()).select_from(_C)) or 0)


def _win_back(tx: Transaction) -> int:
    bought = select(_F.last_bought_on).where(_F.member_id == _C.person_id).scalar_subquery()
    ended = (
        update(_C)
        .where(_C.ended_on.is_(None), bought > _C.last_bought_on)
        .values(step=Step.WON_BACK.value, ended_on=bought)
        .returning(_C.id)
        .execution_options(synchronize_session=False)
    )
    return len(tx.execute(ended).all())


def _drop(tx: Transaction, as_of: date) -> int:
    is_late = select(_F.member_id).where(_F.member_id == _C.person_id, _F.late_from <= as_of).exists()
    touched = select(LostMove.id).where(LostMove.case_id == _C.id).exists()
    gone = (
        delete(_C)
        .where(_C.step == Step.SUSPECTED.value, ~is_late, ~touched)
        .returning(_C.id)
        .execution_options(synchronize_session=False)
    )
    return len(tx.execute(gone).all())


def _suspects(as_of: date) -> Any:
    """A case for whoever is late and has none for this silence; it belongs to whoever looks after them."""
    known = select(_C.id).where(_C.person_id == _F.member_id, _C.last_bought_on >= _F.last_bought_on).exists()
    carer = select(Carer.account_id).where(Carer.person_id == _F.member_id, Carer.ended_at.is_(None)).scalar_subquery()
    columns = {
        "person_id": _F.member_id,
        "last_bought_on": _F.last_bought_on,
        "opened_on": literal(as_of),
        "step": literal(Step.SUSPECTED.value),
        "worth": _F.worth,
        "competitor": literal(""),
        "own_words": literal(""),
        "is_temporary": literal(False),
        "owner_id": carer,
    }
    late = select(*columns.values()).where(_F.late_from <= as_of, ~known)
    return insert(_C).from_select(list(columns), late)


# --- working a case


def verify(db: Session, case_id: int, seen: Step, by: int, role: Role | None, now: datetime) -> None:
    """Somebody looked: they really stay away."""
    _move(db, case_id, seen, Step.VERIFIED, by, role, now)


def contact(db: Session, case_id: int, entry: Entry, by: int, role: Role | None, now: datetime, *, cause: str) -> None:
    """They were spoken to; what was said is kept with the customer."""
    found = the_case(db, case_id)
    if found.step not in OPEN:
        raise CaseNotOpen
    log(db, found.person_id, entry, by, role, now, cause=cause)
    if found.step in (Step.SUSPECTED, Step.VERIFIED):
        _move(db, case_id, found.step, Step.CONTACTED, by, role, now)


def set_cause(
    db: Session,
    case_id: int,
    seen: Step,
    why: Why,
    by: int,
    role: Role | None,
    now: datetime,
    *,
    last_move: int | None = None,
) -> None:
    """Why they stay away, and whether it passes. `last_move`: the last one that was seen, 0 for none."""
    tidy = why.checked(club_day(now, the_club(db).time_zone))
    changes = {
        "cause": tidy.cause.value, "competitor": tidy.competitor, "own_words": tidy.words,
        "is_temporary": tidy.is_temporary, "back_on": tidy.back_on,
    }  # fmt: skip
    _move(db, case_id, seen, Step.CAUSE_KNOWN, by, role, now, last_move=last_move, **changes)


def close(db: Session, case_id: int, seen: Step, by: int, role: Role | None, now: datetime) -> None:
    """Let them go. Raises `CauseNeeded` while nothing is said about why."""
    day = club_day(now, the_club(db).time_zone)
    _move(db, case_id, seen, Step.CLOSED, by, role, now, ended_on=day, back_on=None)


def give_to(db: Session, case_id: int, owner_id: int | None, by: int, role: Role | None, now: datetime) -> None:
    """Who works this case. Raises `NotFound`, and `NotOnStaff` for somebody who left."""
    require(role, Permission.KEEP_CUSTOMERS)
    with transaction(db) as tx:
        if owner_id is not None:
            hold_colleague(tx, owner_id)
        changed = update(_C).where(_C.id == case_id, _C.ended_on.is_(None)).values(owner_id=owner_id)
        if tx.execute(changed.returning(_C.id).execution_options(synchronize_session=False)).first() is None:
            raise NotFound
        record(tx, "lost.given", "lost_case", case_id, by=by, now=now, owner=owner_id)


_UNDONE = ("step", "cause", "competitor", "is_temporary", "back_on", "ended_on")


def undo(db: Session, case_id: int, move_id: int, by: int, role: Role | None, now: datetime) -> None:
    """Take the last move back.

    Raises `CaseChanged` when it is the last no more, `CaseNotOpen` once they bought or where another case of theirs is
    open by now.
    """
    require(role, Permission.KEEP_CUSTOMERS)
    with transaction(db) as tx:
        found = _held(tx, case_id)
        last = tx.scalar(select(LostMove).where(LostMove.case_id == case_id).order_by(LostMove.id.desc()).limit(1))
        if last is None or last.id != move_id:
            raise CaseChanged
        before = {name: last.before[name] for name in _UNDONE}
        for name in ("back_on", "ended_on"):
            before[name] = None if before[name] is None else date.fromisoformat(before[name])
        if found.ended_on is not None and open_case_of(tx, found.person_id) is not None:
            raise CaseNotOpen
        _change(tx, case_id, Step(last.to_step), before)
        tx.delete(last)
        record(tx, "lost.undone", "lost_case", case_id, by=by, now=now)


def _move(
    db: Session,
    case_id: int,
    seen: Step,
    to: Step,
    by: int,
    role: Role | None,
    now: datetime,
    *,
    last_move: int | None = None,
    **changes: Any,
) -> None:
    """One move of a case from where it was seen; raises `CaseChanged` when it stands elsewhere by now."""
    require(role, Permission.KEEP_CUSTOMERS)
    with transaction(db) as tx:
        found = _held(tx, case_id)
        if last_move is not None and _last_move(tx, case_id) != last_move:
            raise CaseChanged
        cause = changes.get("cause", found.cause)
        may_move(seen, to, None if cause is None else Cause(cause))
        before = {name: found._mapping[name] for name in _UNDONE}
        for name in ("back_on", "ended_on"):
            before[name] = None if before[name] is None else before[name].isoformat()
        _change(tx, case_id, seen, {**changes, "step": to.value})
        tx.execute(insert(LostMove).values(case_id=case_id, at=now, by=by, to_step=to.value, before=before))
        record(tx, f"lost.{to.value}", "lost_case", case_id, by=by, now=now)


def _held(tx: Transaction, case_id: int) -> Row[Any]:
    """What a move changes and its undoing gives back, held until the transaction ends; raises `NotFound`."""
    columns = [getattr(_C, name) for name in (*_UNDONE, "person_id")]
    found = tx.execute(select(*columns).where(_C.id == case_id).with_for_update()).one_or_none()
    if found is None:
        raise NotFound
    return found


def _last_move(tx: Transaction, case_id: int) -> int:
    return int(tx.scalar(select(func.max(LostMove.id)).where(LostMove.case_id == case_id)) or 0)


def _change(tx: Transaction, case_id: int, seen: Step, values: dict[str, Any]) -> None:
    """Guarded: only while the case still stands where it was seen."""
    changed = (
        update(_C)
        .where(_C.id == case_id, _C.step == seen.value)
        .values(**values)
        .returning(_C.id)
        .execution_options(synchronize_session=False)
    )
    if tx.execute(changed).first() is None:
        raise CaseChanged
