"""Changing what each tier gets. Every change is written down and seen at once on the members' pages."""

from datetime import datetime

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from club.audit import record
from club.benefits.models import BenefitCell, BenefitRow
from club.benefits.rules import Benefit
from club.database import Transaction, transaction
from club.errors import ChangedMeanwhile, NotFound
from club.permissions import Permission, Role, require
from club.programme.service import touch


def add_benefit(db: Session, benefit: Benefit, by: int, role: Role, now: datetime) -> int:
    """Put a benefit at the end of the list and return its id. Raises `NotAllowed` and what `Benefit.check` raises."""
    require(role, Permission.EDIT_TIERS)
    benefit.check()
    with transaction(db) as tx:
        touch(tx)
        last = tx.scalar(select(func.max(BenefitRow.position))) or 0
        benefit_id = tx.execute(
            insert(BenefitRow)
            .values(position=last + 1, created_at=now, created_by=by, **_columns(benefit))
            .returning(BenefitRow.id)
        ).scalar_one()
        _write_cells(tx, benefit_id, benefit)
        record(tx, "benefit.added", "benefit", benefit_id, by=by, now=now, tiers=len(benefit.cells))
    return benefit_id


def change_benefit(
    db: Session, benefit_id: int, benefit: Benefit, seen_version: int, by: int, role: Role, now: datetime
) -> None:
    """Replace a benefit. Raises `ChangedMeanwhile` if somebody changed it since `seen_version`."""
    require(role, Permission.EDIT_TIERS)
    benefit.check()
    with transaction(db) as tx:
        touch(tx)
        before = _the_row(tx, benefit_id)
        changed = tx.connection().execute(
            update(BenefitRow)
            .where(BenefitRow.id == benefit_id, BenefitRow.version == seen_version)
            .values(version=seen_version + 1, **_columns(benefit))
        )
        if changed.rowcount != 1:
            raise ChangedMeanwhile(())
        tx.execute(delete(BenefitCell).where(BenefitCell.benefit_id == benefit_id))
        _write_cells(tx, benefit_id, benefit)
        record(
            tx, "benefit.changed", "benefit", benefit_id, by=by, now=now,
            words={"name": [dict(before.name), dict(benefit.name)]},
            cost_before=before.cost_per_use, cost=benefit.cost_per_use, tiers=len(benefit.cells),
        )  # fmt: skip


def move_benefit(db: Session, benefit_id: int, step: int, by: int, role: Role, now: datetime) -> None:
    """Change places with the benefit before (step -1) or after it (1); at the end of the list nothing happens."""
    require(role, Permission.EDIT_TIERS)
    with transaction(db) as tx:
        touch(tx)
        order = list(
            tx.scalars(
                select(BenefitRow.id)
                .where(BenefitRow.archived_at.is_(None))
                .order_by(BenefitRow.position, BenefitRow.id)
            )
        )
        if benefit_id not in order:
            raise NotFound
        at = order.index(benefit_id)
        to = min(max(at + step, 0), len(order) - 1)
        order.insert(to, order.pop(at))
        for position, one in enumerate(order, start=1):
            tx.execute(update(BenefitRow).where(BenefitRow.id == one).values(position=position))
        record(tx, "benefit.moved", "benefit", benefit_id, by=by, now=now, before=at + 1, after=to + 1)


def archive_benefit(db: Session, benefit_id: int, by: int, role: Role, now: datetime) -> None:
    """Take a benefit away from all pages; `restore_benefit` brings it back."""
    _archive(db, benefit_id, now, "benefit.archived", by=by, role=role, now=now)


def restore_benefit(db: Session, benefit_id: int, by: int, role: Role, now: datetime) -> None:
    """Bring an archived benefit back to its place."""
    _archive(db, benefit_id, None, "benefit.restored", by=by, role=role, now=now)


def _archive(
    db: Session, benefit_id: int, archived_at: datetime | None, act: str, *, by: int, role: Role, now: datetime
) -> None:
    require(role, Permission.EDIT_TIERS)
    was_there = BenefitRow.archived_at.is_(None) if archived_at else BenefitRow.archived_at.is_not(None)
    with transaction(db) as tx:
        touch(tx)
        changed = tx.connection().execute(
            update(BenefitRow).where(BenefitRow.id == benefit_id, was_there).values(archived_at=archived_at)
        )
        if changed.rowcount != 1:
            raise NotFound
        record(tx, act, "benefit", benefit_id, by=by, now=now)


def _the_row(tx: Transaction, benefit_id: int) -> BenefitRow:
    row = tx.get(BenefitRow, benefit_id, with_for_update=True)
    if row is None:
        raise NotFound
    return row


def _columns(benefit: Benefit) -> dict[str, object]:
    return {
        "name": benefit.name,
        "words": benefit.words,
        "kind": benefit.kind.value,
        "cost_per_use": benefit.cost_per_use,
        "review_on": benefit.review_on,
    }


def _write_cells(tx: Transaction, benefit_id: int, benefit: Benefit) -> None:
    rows = [
        {
            "benefit_id": benefit_id,
            "rung_key": key,
            "gives": cell.gives.value,
            "value": cell.value,
            "words": cell.words,
        }
        for key, cell in benefit.cells.items()
    ]
    if rows:
        tx.execute(insert(BenefitCell), rows)
