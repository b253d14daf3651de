"""Staff say otherwise than the rules: a stage by hand with its reason and end, lost with its cause, taken up again."""

from datetime import date, datetime

from sqlalchemy import Row, insert, select, update
from sqlalchemy.orm import Session

from club.audit import record
from club.clock import club_day
from club.database import Transaction, transaction
from club.errors import NotFound, StageMoved
from club.lost.rules import Cause
from club.permissions import Permission, Role, require
from club.pipeline.models import MOVES, PLACES
from club.pipeline.rules import ByHand, How, Stage, checked_why_lost
from club.programme.models import the_club

_P = PLACES.c


def place_by_hand(
    db: Session, person_id: int, seen: Stage, hand: ByHand, by: int, role: Role | None, now: datetime
) -> None:
    """Another stage than the rules say, with a reason, to the end of a day.

    `seen`: the stage that was shown. Raises `NotAllowed`, `NotFound`, `StageMoved` and what `ByHand.checked` raises.
    """
    require(role, Permission.MANAGE_LEADS)
    with transaction(db) as tx:
        today = _today(tx, now)
        tidy = hand.checked(today)
        held = _held(tx, person_id, seen)
        if held.lost_on is not None:
            raise StageMoved
        _note_move(tx, held, tidy.stage, today, How.HAND, by)
        since = held.since if tidy.stage == seen else today
        _change(tx, person_id, stage=tidy.stage.value, since=since, set_until=tidy.until, set_by=by, why=tidy.why)
        assert tidy.until is not None  # checked
        _record(tx, "stage.set", person_id, by, now, why=tidy.why, days=(tidy.until - today).days)


def as_the_rules_say(db: Session, person_id: int, seen: Stage, by: int, role: Role | None, now: datetime) -> None:
    """The hand lets go. Raises `NotAllowed`, `NotFound` and `StageMoved`."""
    require(role, Permission.MANAGE_LEADS)
    with transaction(db) as tx:
        today = _today(tx, now)
        held = _held(tx, person_id, seen)
        after = Stage(held.by_rule)
        _note_move(tx, held, after, today, How.RULE, by)
        since = held.since if after == seen else today
        _change(tx, person_id, stage=after.value, since=since, set_until=None, set_by=None, why="")
        _record(tx, "stage.let_go", person_id, by, now)


def lose(  # noqa: PLR0917 - who, why, and who says so when
    db: Session, person_id: int, seen: Stage, cause: Cause, words: str, by: int, role: Role | None, now: datetime
) -> None:
    """Nobody works on it any more, and why. Raises `NotAllowed`, `NotFound`, `StageMoved` and `TextTooLong`."""
    require(role, Permission.MANAGE_LEADS)
    why = checked_why_lost(words)
    with transaction(db) as tx:
        today = _today(tx, now)
        held = _held(tx, person_id, seen)
        if held.lost_on is not None:
            raise StageMoved
        _write_move(tx, held, held.stage, today, How.LOST, by, cause)
        _change(tx, person_id, lost_on=today, cause=cause.value, why=why, set_until=None, set_by=None)
        _record(tx, "stage.lost", person_id, by, now, why=why)


def take_up(db: Session, person_id: int, by: int, role: Role | None, now: datetime) -> None:
    """Worked on again, where the rules see them. Raises `NotAllowed`, `NotFound`, `StageMoved` if they are not lost."""
    require(role, Permission.MANAGE_LEADS)
    with transaction(db) as tx:
        today = _today(tx, now)
        held = _held(tx, person_id, None)
        if held.lost_on is None:
            raise StageMoved
        _write_move(tx, held, held.by_rule, today, How.BACK, by, None)
        _change(tx, person_id, stage=held.by_rule, since=today, lost_on=None, cause=None, why="")
        _record(tx, "stage.taken_up", person_id, by, now)


def _held(tx: Transaction, person_id: int, seen: Stage | None) -> Row[int, str, str, date, date | None]:
    """Where somebody stands, held until the transaction ends. Raises `NotFound`, and `StageMoved` unless as seen."""
    query = select(_P.person_id, _P.stage, _P.by_rule, _P.since, _P.lost_on).where(_P.person_id == person_id)
    found = tx.execute(query.with_for_update()).one_or_none()
    if found is None:
        raise NotFound
    if seen is not None and found.stage != seen.value:
        raise StageMoved
    return found


def _note_move(
    tx: Transaction, held: Row[int, str, str, date, date | None], after: Stage, today: date, how: How, by: int
) -> None:
    if after.value != held.stage:
        _write_move(tx, held, after.value, today, how, by, None)


def _write_move(
    tx: Transaction,
    held: Row[int, str, str, date, date | None],
    after: str,
    today: date,
    how: How,
    by: int,
    cause: Cause | None,
) -> None:
    values = {
        "person_id": held.person_id,
        "before": held.stage,
        "after": after,
        "on": today,
        "days": max((today - held.since).days, 0),
        "how": how.value,
        "cause": None if cause is None else cause.value,
        "by": by,
    }
    tx.execute(insert(MOVES).values(values))


def _change(tx: Transaction, person_id: int, **values: object) -> None:
    tx.execute(update(PLACES).where(_P.person_id == person_id).values(**values))


def _record(
    tx: Transaction, act: str, person_id: int, by: int, now: datetime, *, why: str = "", days: int | None = None
) -> None:
    numbers = {} if days is None else {"days": days}
    record(tx, act, "person", person_id, by=by, now=now, why=why, person_id=person_id, words=None, **numbers)


def _today(tx: Transaction, now: datetime) -> date:
    return club_day(now, the_club(tx).time_zone)
