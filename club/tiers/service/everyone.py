"""Looking at many members at once: after an import, when a version starts, and every night for whoever is due."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, cast

from sqlalchemy import (
    Column,
    CursorResult,
    Date,
    Integer,
    MetaData,
    Select,
    String,
    Table,
    and_,
    bindparam,
    case,
    func,
    insert,
    literal,
    null,
    select,
    text,
    update,
)
from sqlalchemy.orm import Session

from club.clock import club_day
from club.database import BigId, Transaction, UtcDateTime, is_sqlite, transaction
from club.members.models import Person
from club.programme.models import find_club
from club.tiers.models import Ladders, Status, ladders
from club.tiers.rules import DatedLadder, How
from club.tiers.service.terms import INSERTS, STATUSES, tell
from club.tiers.sql import decided, how, scope_of

_ONE_AT_A_TIME = 7_104_202
"""PostgreSQL's name of the lock behind which one process looks at everybody."""

_LOOKED_AT = Table(
    "tier_looked_at",
    MetaData(),
    Column("member_id", BigId, primary_key=True, autoincrement=False),
    Column("status_id", BigId),
    Column("held_key", String(40)),
    Column("held_rank", Integer),
    Column("target", Integer),
    Column("is_later", Integer),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="DROP",
)
"""What `decided` says, worked out once: it is counted, it ends terms and begins others. Members who stay on the first
rung are left out."""


@dataclass(frozen=True)
class Reassessment:
    """How many members there are, how many terms were written that lie higher and lower than the one before, and where
    the rule of that day places every member, by the rungs' keys."""

    members: int
    up: int
    down: int
    by_rung: dict[str, int]


def reassess_all(db: Session, as_of: date, now: datetime, silent: bool = True, *, falls: bool = True) -> Reassessment:
    """Place every member by the ladder and the purchases of a day, and write what changes with that date.

    Whoever has a term that begins later is counted as they stood on that day and left alone. Without `falls` nobody
    goes down: while a day goes on, that is left to its night.
    """
    with transaction(db) as tx:
        dated = ladders(tx).on(as_of)
        _alone(tx)
        _look(tx, dated, as_of, only_due=False)
        if not falls:
            tx.execute(update(_LOOKED_AT).where(2 * _C.target < _C.held_rank).values(target=None))
        up, down = _moves(tx)
        members = tx.execute(select(func.count()).where(Person.joined_on.is_not(None))).scalar_one()
        found = Reassessment(members, up, down, _by_rung(tx, dated, members))
        _write(tx, dated, as_of, now, silent=silent)
    return found


def night(db: Session, day: date, now: datetime) -> int:
    """What the end of a day asks for: terms that are due, or everybody when a ladder has just begun to hold.

    Returns how many terms were written; a second run of the same day writes none.
    """
    with transaction(db) as tx:
        known = ladders(tx)
        dated = known.on(day)
        is_new = _is_new(tx, known, dated, day)
        if not is_new and tx.execute(_ANY_DUE, {"day": day}).one_or_none() is None:
            return 0
        _alone(tx)
        _look(tx, dated, day, only_due=not is_new)
        is_silent = is_new and dated.version_id is not None and known.version(dated.version_id).is_silent
        return _write(tx, dated, day, now, silent=is_silent)


_ANY_DUE = select(Status.id).where(Status.ended_on.is_(None), Status.until <= bindparam("day")).limit(1)
"""A quiet night asks this and nothing else."""


def _is_new(tx: Transaction, known: Ladders, dated: DatedLadder, day: date) -> bool:
    """Whether the ladder of this day was not the one of the night before: it starts, or was set since."""
    if dated.version_id is None:
        return False
    club = find_club(tx)
    set_on = club_day(known.version(dated.version_id).created_at, club.time_zone if club else "UTC")
    return dated.starts_on == day or set_on >= day - timedelta(days=1)


def _alone(tx: Transaction) -> None:
    """Wait for another process that looks at everybody, as long as it takes."""
    if not is_sqlite(tx):
        tx.execute(text("SET LOCAL statement_timeout = 0"))
        tx.execute(text("SET LOCAL lock_timeout = 0"))
        tx.execute(text("SELECT pg_advisory_xact_lock(:name)"), {"name": _ONE_AT_A_TIME})


def _look(tx: Transaction, dated: DatedLadder, day: date, *, only_due: bool) -> None:
    rule = decided(dated, day, scope_of(tx, day, only_due=only_due))
    names = [column.name for column in _LOOKED_AT.columns]
    stays_first = and_(rule.c.status_id.is_(None), rule.c.target.is_(None), rule.c.is_later == 0)
    _LOOKED_AT.create(tx.connection())
    tx.execute(insert(_LOOKED_AT).from_select(names, select(*(rule.c[name] for name in names)).where(~stays_first)))


_C = _LOOKED_AT.c
_CHANGES = and_(_C.target.is_not(None), _C.is_later == 0)


def _moves(tx: Transaction) -> tuple[int, int]:
    rank = 2 * _C.target
    up = func.count(case((and_(_CHANGES, rank > _C.held_rank), 1)))
    down = func.count(case((and_(_CHANGES, rank < _C.held_rank), 1)))
    row = tx.execute(select(up, down)).one()
    return int(row[0]), int(row[1])


def _by_rung(tx: Transaction, dated: DatedLadder, members: int) -> dict[str, int]:
    """Rungs from the first up; one that is gone from the ladder and still held comes last."""
    keys = [rung.key for rung in dated.ladder.rungs]
    counts = dict.fromkeys(keys, 0)
    for target, rank, held_key, count in tx.execute(
        select(_C.target, _C.held_rank, _C.held_key, func.count()).group_by(_C.target, _C.held_rank, _C.held_key)
    ):
        key = held_key if target is None and rank % 2 else keys[rank // 2 if target is None else target]
        counts[key] = counts.get(key, 0) + count
    counts[keys[0]] += members - sum(counts.values())
    return counts


def _write(tx: Transaction, dated: DatedLadder, day: date, now: datetime, *, silent: bool) -> int:
    """End the terms that are over, begin the new ones, and return how many began."""
    written = 0
    if dated.version_id is not None:
        ending = select(_C.status_id).where(_CHANGES, _C.status_id.is_not(None))
        tx.execute(
            update(Status).where(Status.id.in_(ending), Status.ended_on.is_(None)).values(ended_on=day),
            execution_options={"synchronize_session": False},
        )
        began = tx.execute(
            INSERTS[is_sqlite(tx)].from_select(*_new_terms(dated, dated.version_id, day, now)),
            execution_options={"preserve_rowcount": True},
        )
        written = cast("CursorResult[tuple[()]]", began).rowcount
        if written and not silent:
            _tell_risen(tx, dated, now)
    if is_sqlite(tx):
        _LOOKED_AT.drop(tx.connection())
    return written


def _new_terms(
    dated: DatedLadder, version_id: int, day: date, now: datetime
) -> tuple[list[str], Select[tuple[Any, ...]]]:
    """Names and values of the rows that begin."""
    keys = {position: rung.key for position, rung in enumerate(dated.ladder.rungs)}
    ends = literal(dated.ladder.term_end(1, day), Date)
    values = {
        "member_id": _C.member_id,
        "rung_key": case(keys, value=_C.target),
        "position": _C.target,
        "version_id": literal(version_id, BigId),
        "since": literal(day, Date),
        "until": case((_C.target > 0, ends), else_=null()),
        "how": how(_C.target, _C.held_rank),
        "recorded_at": literal(now, UtcDateTime),
    }
    return list(values), select(*values.values()).where(_CHANGES).order_by(_C.member_id)


def _tell_risen(tx: Transaction, dated: DatedLadder, now: datetime) -> None:
    """Leave the mail of every rung that was just reached."""
    risen = tx.execute(
        select(STATUSES.c.id, STATUSES.c.member_id, STATUSES.c.position, STATUSES.c.until)
        .join(_LOOKED_AT, _C.member_id == STATUSES.c.member_id)
        .where(_CHANGES, STATUSES.c.how == How.REACHED, STATUSES.c.ended_on.is_(None), STATUSES.c.recorded_at == now)
        .order_by(STATUSES.c.id)
    ).all()
    for row in risen:
        tell(tx, row.member_id, row.id, dated.ladder.rungs[row.position], row.until, now)
