"""Whether somebody whom an import made, changed or gave points to became part of another record since."""

from datetime import datetime

from sqlalchemy import exists, or_, select

from club.database import Transaction
from club.intake.models import ImportChange
from club.members.models import Person
from club.points.models import MOVEMENTS, OPENINGS
from club.purchases.models import Correction, Purchase


def is_anybody_merged(tx: Transaction, run_id: int, since: datetime | None) -> bool:
    """Looks at the few who were merged since the import began, each along an index."""
    if since is None:
        return False
    changed = exists().where(ImportChange.person_id == Person.id, ImportChange.import_id == run_id)
    bought = (
        select(Purchase.id)
        .join(MOVEMENTS, (MOVEMENTS.c.kind == "purchase.earned") & (MOVEMENTS.c.cause_id == Purchase.id))
        .where(MOVEMENTS.c.member_id == Person.id, Purchase.import_id == run_id)
        .exists()
    )
    gave_back = (
        select(Correction.id)
        .join(MOVEMENTS, (MOVEMENTS.c.kind == "purchase.reversed") & (MOVEMENTS.c.cause_id == Correction.id))
        .where(MOVEMENTS.c.member_id == Person.id, Correction.import_id == run_id)
        .exists()
    )
    opened = exists().where(OPENINGS.c.member_id == Person.id, OPENINGS.c.import_id == run_id)
    merged = select(Person.id).where(Person.merged_into.is_not(None), Person.merged_at >= since)
    return tx.scalar(merged.where(or_(changed, bought, gave_back, opened)).limit(1)) is not None
