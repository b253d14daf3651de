"""What tests of imports compare, and the CDNOW log as a file."""

import csv
import importlib.util
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from club.intake.models import ImportRow
from club.members.models import Person, PersonIdentifier
from club.points.models import BALANCES, LOTS, MOVEMENTS
from club.purchases.models import Correction, Purchase


def everything(db: Session) -> dict[str, list[Any]]:
    """All that an import may leave behind, without what differs from run to run."""
    names = {row.id: row.full_name for row in db.execute(select(Person.id, Person.full_name))}
    bought = db.execute(select(Purchase.__table__)).mappings().all()
    left: dict[str, list[Any]] = {
        "people": sorted((p.full_name, p.joined_on, p.source) for p in db.scalars(select(Person))),
        "identifiers": sorted((i.kind, i.value, names[i.person_id]) for i in db.scalars(select(PersonIdentifier))),
        "purchases": sorted(
            (b["channel"], b["reference"], names[b["member_id"]], b["bought_on"], b["amount"], b["net_amount"],
             b["points"], b["net_points"])
            for b in bought
        ),
        "corrections": sorted((c.channel, c.reference, c.amount, c.points) for c in db.scalars(select(Correction))),
        "balances": sorted(
            (names[b.member_id], b.active, b.pending, b.held, b.debt) for b in db.execute(select(BALANCES))
        ),
        "movements": sorted(
            (names[m.member_id], m.kind, m.dated_on, m.active, m.debt) for m in db.execute(select(MOVEMENTS))
        ),
        "lots": sorted(
            (names[lot.member_id], lot.points, lot.active, lot.activates_on, lot.expires_on)
            for lot in db.execute(select(LOTS))
        ),
        "staging": [tuple(row) for row in db.execute(select(ImportRow.row_number))],
    }  # fmt: skip
    db.rollback()
    return left


def cdnow_as_csv(path: Path) -> Path:
    """The CDNOW log (69,659 purchases of 23,570 people), as a shop would export it."""
    found = importlib.util.find_spec("lifetimes")
    assert found is not None
    assert found.origin is not None
    log = Path(found.origin).parent / "datasets" / "CDNOW_master.txt"
    with log.open(encoding="ascii") as source, path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["member", "date", "amount"])
        for line in source:
            customer, day, _, dollars = line.split()
            if day.isdecimal():
                writer.writerow([customer, day, dollars])
    return path
