"""Staff keep the registry of sources."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from club.audit import record
from club.clock import club_day
from club.database import Transaction, is_sqlite, transaction
from club.errors import ChangedMeanwhile, DateInFuture
from club.leads.models import LeadSource, the_source
from club.leads.rules import NewSource
from club.permissions import Permission, Role, require
from club.programme.models import the_club


def add_source(
    db: Session, new: NewSource, by: int, role: Role | None, now: datetime, *, content: bytes | None = None
) -> int:
    """One more source; its id. The same form (`content`) again returns the same one.

    Raises `NotAllowed`, `DateInFuture`, and what `NewSource.checked` raises.
    """
    require(role, Permission.MANAGE_LEADS)
    tidy = new.checked()
    with transaction(db) as tx:
        values = {
            "begun_on": club_day(now, the_club(tx).time_zone),
            **_values(tx, tidy, now),
            "version": 1,
            "made_at": now,
            "made_by": by,
            "content": content,
        }
        add = (sqlite_insert if is_sqlite(tx) else postgresql_insert)(LeadSource).values(values)
        once = add.on_conflict_do_nothing(index_elements=["content"]).returning(LeadSource.id)
        source_id = tx.execute(once).scalar_one_or_none()
        if source_id is None:
            return int(tx.scalars(select(LeadSource.id).where(LeadSource.content == content)).one())
        record(tx, "source.added", "lead_source", source_id, by=by, now=now, cost=tidy.cost, rows=tidy.rows)
    return int(source_id)


def change_source(
    db: Session, source_id: int, seen: int, new: NewSource, by: int, role: Role | None, now: datetime
) -> None:
    """What is known of it by now; the club's own source of a kind keeps name and kind.

    `seen`: the version that was shown. Raises `ChangedMeanwhile` and as `add_source`.
    """
    require(role, Permission.MANAGE_LEADS)
    with transaction(db) as tx:
        before = the_source(tx, source_id)
        if before.name:
            tidy = new.checked()
        else:  # the club's own source of a kind stays that
            own = replace(new, name=before.kind.value, kind=before.kind).checked()
            tidy = replace(own, name="")
        changed = (
            update(LeadSource)
            .where(LeadSource.id == source_id, LeadSource.version == seen)
            .values(**_values(tx, tidy, now), version=seen + 1)
            .returning(LeadSource.id)
            .execution_options(synchronize_session=False)
        )
        if tx.execute(changed).first() is None:
            raise ChangedMeanwhile(("source",))
        record(
            tx, "source.changed", "lead_source", source_id, by=by, now=now, cost_before=before.cost,
            cost=tidy.cost, rows=tidy.rows,
        )  # fmt: skip


def _values(tx: Transaction, new: NewSource, now: datetime) -> dict[str, object]:
    if new.begun_on is not None and new.begun_on > club_day(now, the_club(tx).time_zone):
        raise DateInFuture
    return {
        **({} if new.begun_on is None else {"begun_on": new.begun_on}),
        "kind": new.kind.value,
        "name": new.name,
        "rows": new.rows,
        "cost": new.cost,
        "basis": new.basis.value,
        "licence": new.licence,
    }
