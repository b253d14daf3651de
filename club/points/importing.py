"""Many members' points at once, by the same rules as one at a time."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from sqlalchemy import BigInteger, select, text

from club.database import Transaction, is_sqlite
from club.errors import NotFound
from club.intake.bulk import chosen, insert_many, reserve_ids
from club.points.models import BALANCES, LOTS, MOVEMENTS
from club.points.rules import Earned
from club.points.service import earn

_BALANCE_COLUMNS = ("member_id", "active", "pending", "held", "debt")
_MOVEMENT_COLUMNS = (
    "id", "member_id", "kind", "cause_id", "dated_on", "posted_at", "active", "pending", "held", "debt", "issued",
    "redeemed", "expired", "reversed", "adjusted", "why",
)  # fmt: skip
_LOT_COLUMNS = (
    "member_id", "movement_id", "points", "pending", "active", "held", "taken_back", "earned_on", "activates_on",
    "expires_on",
)  # fmt: skip
_MORE_ON_SQLITE = "UPDATE points_balance SET active = active + ?, pending = pending + ? WHERE member_id = ?"
_MORE_ON_POSTGRESQL = text(
    "UPDATE points_balance AS b SET active = b.active + more.active, pending = b.pending + more.pending"
    " FROM unnest(CAST(:active AS bigint[]), CAST(:pending AS bigint[]), CAST(:members AS bigint[]))"
    " AS more(active, pending, member_id) WHERE b.member_id = more.member_id"
)


def open_accounts(tx: Transaction, member_ids: Iterable[int]) -> None:
    """Give new members a balance of nothing."""
    insert_many(tx, BALANCES, _BALANCE_COLUMNS, [(member_id, 0, 0, 0, 0) for member_id in member_ids])


def lock_balances(tx: Transaction, member_ids: Iterable[int]) -> dict[int, int]:
    """What each member owes (zero or above), their balances held until the transaction ends. Raises `NotFound`."""
    wanted = set(member_ids)
    rows = tx.execute(
        select(BALANCES.c.member_id, (-BALANCES.c.debt).label("owed"))
        .where(BALANCES.c.member_id.in_(chosen(tx, wanted, BigInteger())))
        .order_by(BALANCES.c.member_id)
        .with_for_update()
    )
    owed = {row.member_id: row.owed for row in rows}
    if len(owed) != len(wanted):
        raise NotFound
    return owed


def earn_many(tx: Transaction, earned: Sequence[Earned], today: date, now: datetime) -> None:
    """What `earn` does for each of them in turn; those who owe go that way, the others in sets."""
    given = [one for one in earned if one.points]
    if not given:
        return
    owed = lock_balances(tx, (one.member_id for one in given))
    for one in given:
        if owed[one.member_id]:
            earn(tx, one, today, now)
    free = [one for one in given if not owed[one.member_id]]
    if not free:
        return
    parts = [(one.points, 0) if one.is_active_on(today) else (0, one.points) for one in free]
    ids = reserve_ids(tx, MOVEMENTS, len(free))
    insert_many(
        tx,
        MOVEMENTS,
        _MOVEMENT_COLUMNS,
        [
            (
                movement_id, one.member_id, one.kind, one.cause_id, one.dated_on, now, active, pending, 0, 0,
                -one.points, 0, 0, 0, 0, one.why,
            )
            for movement_id, one, (active, pending) in zip(ids, free, parts, strict=True)
        ],
    )  # fmt: skip
    insert_many(
        tx,
        LOTS,
        _LOT_COLUMNS,
        [
            (
                one.member_id, movement_id, one.points, pending, active, 0, 0, one.dated_on, one.activates_on,
                one.expires_on,
            )
            for movement_id, one, (active, pending) in zip(ids, free, parts, strict=True)
        ],
    )  # fmt: skip
    _raise_balances(tx, zip((one.member_id for one in free), parts, strict=True))


def _raise_balances(tx: Transaction, parts: Iterable[tuple[int, tuple[int, int]]]) -> None:
    more: dict[int, tuple[int, int]] = {}
    for member_id, (active, pending) in parts:
        had_active, had_pending = more.get(member_id, (0, 0))
        more[member_id] = (had_active + active, had_pending + pending)
    if is_sqlite(tx):
        changes = [(active, pending, member_id) for member_id, (active, pending) in more.items()]
        tx.connection().exec_driver_sql(_MORE_ON_SQLITE, changes)
        return
    tx.execute(
        _MORE_ON_POSTGRESQL,
        {
            "active": [active for active, _ in more.values()],
            "pending": [pending for _, pending in more.values()],
            "members": list(more),
        },
    )
