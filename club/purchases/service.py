"""Steps that write purchases and what is given back of them. `accrual` is the one way in and calls them."""

from collections.abc import Sequence
from datetime import date, datetime
from hashlib import sha256
from secrets import choice

from sqlalchemy import Insert, Table, bindparam, insert, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from club.database import Transaction, is_sqlite
from club.errors import MoreThanBought, MoreUnitsThanBought, ReferenceTaken, UnknownMember
from club.members.rules import ALPHABET
from club.purchases.models import Correction, CorrectionLine, Purchase, PurchaseLine
from club.purchases.rules import LONGEST_REFERENCE, Bought, GivenBack, NewLine, NewPurchase, ReturnOf


def _table(model: type) -> Table:
    table: Table = model.__table__  # type: ignore[attr-defined]  # every mapped class has one
    return table


def _unless_there(table: Table) -> dict[bool, Insert]:
    """By "is SQLite": an INSERT that writes nothing where channel and reference exist, so the transaction lives on."""
    key = ["channel", "reference"]
    return {
        True: sqlite.insert(table).on_conflict_do_nothing(index_elements=key).returning(table.c.id),
        False: postgresql.insert(table).on_conflict_do_nothing(index_elements=key).returning(table.c.id),
    }


_PURCHASES, _LINES = _table(Purchase), _table(PurchaseLine)
_CORRECTIONS, _CORRECTION_LINES = _table(Correction), _table(CorrectionLine)

_INSERT_PURCHASE = _unless_there(_PURCHASES)
_INSERT_CORRECTION = _unless_there(_CORRECTIONS)
_INSERT_LINES = insert(_LINES).returning(_LINES.c.id)
_INSERT_CORRECTION_LINES = insert(_CORRECTION_LINES)
_LOWER = (
    update(_PURCHASES)
    .where(
        _PURCHASES.c.id == bindparam("purchase_id"),
        _PURCHASES.c.net_amount >= bindparam("less_amount"),
        _PURCHASES.c.net_points >= bindparam("less_points"),
        _PURCHASES.c.net_qualifying_points >= bindparam("less_qualifying"),
    )
    .values(
        net_amount=_PURCHASES.c.net_amount - bindparam("less_amount"),
        net_points=_PURCHASES.c.net_points - bindparam("less_points"),
        net_qualifying_points=_PURCHASES.c.net_qualifying_points - bindparam("less_qualifying"),
    )
)
_TAKE_UNITS = (
    update(_LINES)
    .where(
        _LINES.c.id == bindparam("line_id"),
        _LINES.c.returned_quantity + bindparam("back") <= _LINES.c.quantity,
    )
    .values(returned_quantity=_LINES.c.returned_quantity + bindparam("back"))
)


def write_purchase(
    tx: Transaction,
    new: NewPurchase,
    *,
    points: int,
    qualifying_points: int,
    per_line: Sequence[tuple[int, int]],
    by: int | None,
    now: datetime,
) -> int:
    """Insert a purchase and its lines, each with (points, qualifying points).

    Raises `ReferenceTaken` and `UnknownMember`.
    """
    reference = tidy_reference(new.reference) or derived_reference(new.bought_on, new.content)
    values = {
        "member_id": new.member_id,
        "channel": new.channel,
        "reference": reference,
        "bought_on": new.bought_on,
        "amount": new.amount,
        "tax": new.tax,
        "points": points,
        "qualifying_points": qualifying_points,
        "net_amount": new.amount,
        "net_points": points,
        "net_qualifying_points": qualifying_points,
        "recorded_at": now,
        "recorded_by": by,
        "content": new.content,
    }
    try:
        purchase_id = tx.execute(_INSERT_PURCHASE[is_sqlite(tx)], values).scalar_one_or_none()
    except IntegrityError as unknown:
        raise UnknownMember from unknown
    if purchase_id is None:
        raise ReferenceTaken(reference)
    if new.lines:
        _write_lines(tx, purchase_id, new.lines, per_line)
    return int(purchase_id)


def _write_lines(
    tx: Transaction, purchase_id: int, lines: Sequence[NewLine], per_line: Sequence[tuple[int, int]]
) -> None:
    rows = [
        {
            "purchase_id": purchase_id,
            "position": position,
            "category": line.category,
            "sku": line.sku,
            "description": line.description,
            "quantity": line.quantity,
            "amount": line.amount,
            "tax": line.tax,
            "points": earned,
            "qualifying_points": qualifying,
        }
        for position, (line, (earned, qualifying)) in enumerate(zip(lines, per_line, strict=True), start=1)
    ]
    tx.execute(_INSERT_LINES, rows).all()


def write_correction(
    tx: Transaction, original: Bought, wanted: ReturnOf, back: GivenBack, *, by: int | None, now: datetime
) -> int:
    """Insert a correction with its lines and lower the original; nobody gives back more than was bought."""
    _lower(tx, original, back)
    reference = tidy_reference(wanted.own_reference) or derived_reference(wanted.corrected_on, wanted.content)
    correction_id = tx.execute(
        _INSERT_CORRECTION[is_sqlite(tx)],
        {
            "purchase_id": original.id,
            "kind": wanted.kind,
            "channel": wanted.channel,
            "reference": reference,
            "corrected_on": wanted.corrected_on,
            "amount": back.amount,
            "points": back.points,
            "qualifying_points": back.qualifying_points,
            "recorded_at": now,
            "recorded_by": by,
            "content": wanted.content,
        },
    ).scalar_one_or_none()
    if correction_id is None:
        raise ReferenceTaken(reference)
    if back.lines:
        rows = [
            {
                "correction_id": correction_id,
                "line_id": line.line_id,
                "quantity": line.quantity,
                "amount": line.amount,
                "points": line.points,
            }
            for line in back.lines
        ]
        tx.execute(_INSERT_CORRECTION_LINES, rows)
    return int(correction_id)


def _lower(tx: Transaction, original: Bought, back: GivenBack) -> None:
    lowered = tx.connection().execute(
        _LOWER,
        {
            "purchase_id": original.id,
            "less_amount": back.amount,
            "less_points": back.points,
            "less_qualifying": back.qualifying_points,
        },
    )
    if lowered.rowcount != 1:
        raise MoreThanBought(original.net_amount)
    for position, line in enumerate(back.lines, start=1):
        taken = tx.connection().execute(_TAKE_UNITS, {"line_id": line.line_id, "back": line.quantity})
        if taken.rowcount != 1:
            raise MoreUnitsThanBought(position, 0)


def tidy_reference(reference: str | None) -> str | None:
    """A reference without space around it, or None; never longer than its column."""
    tidy = " ".join((reference or "").split())
    return tidy[:LONGEST_REFERENCE] or None


def derived_reference(day: date, content: bytes | None) -> str:
    """A reference for what came without one: its day and 8 characters, the same for the same form sent twice."""
    if content is None:
        return f"{day:%y%m%d}-{''.join(choice(ALPHABET) for _ in range(8))}"
    number = int.from_bytes(sha256(content).digest()[:5], "big")
    return f"{day:%y%m%d}-{''.join(ALPHABET[(number >> shift) & 31] for shift in range(35, -5, -5))}"
