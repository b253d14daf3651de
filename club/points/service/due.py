"""What a night does to the ledger: points become active, points expire. One statement a table, over the due lots.

Late, twice, in parallel or killed half way, the end is the same: each step is one transaction, a lot is activated and
expires once for ever, and a movement carries the day on which it was due, not the day on which the night ran.
"""

from datetime import date, datetime
from typing import cast

from sqlalchemy import CursorResult, Date, TextClause, bindparam, text
from sqlalchemy.orm import Session

from club.database import Transaction, UtcDateTime, is_sqlite, transaction

_DAY = bindparam("day", type_=Date)
_NOW = bindparam("now", type_=UtcDateTime)

_SET_OF_LOTS = text("CREATE TEMPORARY TABLE points_due (lot_id BIGINT NOT NULL, member_id BIGINT NOT NULL)")
_SET_OF_LOTS_GONE = text("DROP TABLE points_due")
_LOCK_BALANCES = text("""
SELECT count(*) FROM (
  SELECT 1 FROM points_balance WHERE member_id IN (SELECT member_id FROM points_due)
  ORDER BY member_id FOR UPDATE
) AS locked
""")

_ACTIVATING = text("""
INSERT INTO points_due (lot_id, member_id)
SELECT id, member_id FROM points_lot WHERE pending > 0 AND activates_on <= :day
""").bindparams(_DAY)
_ACTIVATED = text("""
INSERT INTO points_movement (member_id, kind, cause_id, dated_on, posted_at,
  active, pending, held, debt, issued, redeemed, expired, reversed, adjusted)
SELECT member_id, 'lot.activated', lot_id, dated_on, :now,
  pending - paid, -pending, 0, paid, 0, 0, 0, 0, 0
FROM (
  SELECT member_id, lot_id, dated_on, pending,
    CASE WHEN owed <= 0 THEN 0 WHEN owed < pending THEN owed ELSE pending END AS paid
  FROM (
    SELECT lot.member_id, lot.id AS lot_id, lot.pending,
      CASE WHEN made.dated_on > lot.activates_on THEN made.dated_on ELSE lot.activates_on END AS dated_on,
      -balance.debt + lot.pending
        - SUM(lot.pending) OVER (PARTITION BY lot.member_id ORDER BY lot.activates_on, lot.id) AS owed
    FROM points_due AS due
    JOIN points_lot AS lot ON lot.id = due.lot_id AND lot.pending > 0
    JOIN points_movement AS made ON made.id = lot.movement_id
    JOIN points_balance AS balance ON balance.member_id = lot.member_id
  ) AS waiting
) AS parted
""").bindparams(_NOW)
_ACTIVATED_ENTRIES = text("""
INSERT INTO points_lot_entry (movement_id, lot_id, pending, active, held)
SELECT movement.id, lot.id, movement.pending, movement.active, 0
FROM points_due AS due
CROSS JOIN points_lot AS lot
CROSS JOIN points_movement AS movement
WHERE lot.id = due.lot_id AND lot.pending > 0 AND movement.kind = 'lot.activated' AND movement.cause_id = lot.id
""")
_ACTIVATED_BALANCES = text("""
UPDATE points_balance SET active = points_balance.active + change.active,
  pending = points_balance.pending + change.pending, debt = points_balance.debt + change.debt
FROM (
  SELECT movement.member_id, SUM(movement.active) AS active, SUM(movement.pending) AS pending,
    SUM(movement.debt) AS debt
  FROM points_due AS due
  CROSS JOIN points_lot AS lot
  CROSS JOIN points_movement AS movement
  WHERE lot.id = due.lot_id AND lot.pending > 0 AND movement.kind = 'lot.activated' AND movement.cause_id = lot.id
  GROUP BY movement.member_id
) AS change
WHERE points_balance.member_id = change.member_id
""")
_ACTIVATED_LOTS = text("""
UPDATE points_lot SET pending = 0, active = points_lot.active + movement.active
FROM points_due AS due CROSS JOIN points_movement AS movement
WHERE points_lot.id = due.lot_id AND points_lot.pending > 0
  AND movement.kind = 'lot.activated' AND movement.cause_id = due.lot_id
""")

_EXPIRING = text("""
INSERT INTO points_due (lot_id, member_id)
SELECT id, member_id FROM points_lot WHERE active > 0 AND expires_on <= :day
""").bindparams(_DAY)
_EXPIRED = text("""
INSERT INTO points_movement (member_id, kind, cause_id, dated_on, posted_at,
  active, pending, held, debt, issued, redeemed, expired, reversed, adjusted)
SELECT lot.member_id, 'lot.expired', lot.id,
  CASE WHEN made.dated_on > lot.expires_on THEN made.dated_on ELSE lot.expires_on END, :now,
  -lot.active, 0, 0, 0, 0, 0, lot.active, 0, 0
FROM points_due AS due
JOIN points_lot AS lot ON lot.id = due.lot_id AND lot.active > 0
JOIN points_movement AS made ON made.id = lot.movement_id
""").bindparams(_NOW)
_EXPIRED_ENTRIES = text("""
INSERT INTO points_lot_entry (movement_id, lot_id, pending, active, held)
SELECT movement.id, lot.id, 0, -lot.active, 0
FROM points_due AS due
CROSS JOIN points_lot AS lot
CROSS JOIN points_movement AS movement
WHERE lot.id = due.lot_id AND lot.active > 0 AND movement.kind = 'lot.expired' AND movement.cause_id = lot.id
""")
_EXPIRED_BALANCES = text("""
UPDATE points_balance SET active = points_balance.active - change.active
FROM (
  SELECT lot.member_id, SUM(lot.active) AS active
  FROM points_due AS due JOIN points_lot AS lot ON lot.id = due.lot_id
  GROUP BY lot.member_id
) AS change
WHERE points_balance.member_id = change.member_id AND change.active > 0
""")
_EXPIRED_LOTS = text("""
UPDATE points_lot SET active = 0 WHERE active > 0 AND id IN (SELECT lot_id FROM points_due)
""")


def activate_due(db: Session, day: date, now: datetime) -> int:
    """Activate every lot whose day has come by `day`; debts are paid first. Returns the number of lots."""
    writes = (_ACTIVATED, _ACTIVATED_ENTRIES, _ACTIVATED_BALANCES, _ACTIVATED_LOTS)
    return _post_due(db, _ACTIVATING, writes, day, now)


def expire_due(db: Session, day: date, now: datetime) -> int:
    """End what is active of every lot whose last day is `day` or earlier; run it after that day has closed.

    Returns the number of lots.
    """
    writes = (_EXPIRED, _EXPIRED_ENTRIES, _EXPIRED_BALANCES, _EXPIRED_LOTS)
    return _post_due(db, _EXPIRING, writes, day, now)


def _post_due(db: Session, find: TextClause, writes: tuple[TextClause, ...], day: date, now: datetime) -> int:
    """Find the due lots, lock the balances of their members, then write; the first write makes the movements.

    Between finding and locking somebody may have spent from a due lot: every write looks at the lots again.
    """
    movements, *others = writes
    with transaction(db) as tx:
        _take_as_long_as_needed(tx)
        tx.execute(_SET_OF_LOTS)
        tx.execute(find, {"day": day})
        if not is_sqlite(tx):
            tx.execute(_LOCK_BALANCES)
        count = cast("CursorResult[tuple[()]]", tx.execute(movements, {"now": now})).rowcount
        for write in others:
            tx.execute(write)
        tx.execute(_SET_OF_LOTS_GONE)
    return count


def _take_as_long_as_needed(tx: Transaction) -> None:
    """A night after a year's pause is long; the limits of a page do not hold for it."""
    if not is_sqlite(tx):
        tx.execute(text("SET LOCAL statement_timeout = 0"))
        tx.execute(text("SET LOCAL lock_timeout = 0"))
