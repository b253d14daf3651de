"""Requests of a list: gone, unless something hangs on them by now."""

from sqlalchemy import BigInteger, delete, select
from sqlalchemy.orm import Session

from club.imports.models import Run
from club.imports.service.undoing.hangs import hung_on
from club.imports.service.watch import Watch
from club.intake.bulk import chosen, patient_transaction
from club.leads.models import LEADS

BATCH = 2_000


def undo_requests(db: Session, run: Run, watch: Watch) -> tuple[int, list[int]]:
    """How many requests were taken back, and whose stay. People who came with them go afterwards."""
    after = gone = 0
    kept: list[int] = []
    rows = select(LEADS.c.id, LEADS.c.person_id).where(LEADS.c.import_id == run.id)
    while batch := db.execute(rows.where(LEADS.c.id > after).order_by(LEADS.c.id).limit(BATCH)).all():
        after = batch[-1].id
        ids = [row.id for row in batch]
        with patient_transaction(db) as tx:
            stays = hung_on(tx, LEADS, ids)
            leaving = [one for one in ids if one not in stays]
            tx.execute(delete(LEADS).where(LEADS.c.id.in_(chosen(tx, leaving, BigInteger()))))
        gone += len(leaving)
        kept += sorted(row.person_id for row in batch if row.id in stays)
        watch("undoing", gone, run.counts.get("new", 0))
    return gone, kept
