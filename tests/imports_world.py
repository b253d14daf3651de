"""A file on its way through the list of imports, and all that a club says of itself before and after."""

import io
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from club.imports import service
from club.imports.models import Run, file_of, the_run
from club.imports.options import COLUMNS, Options
from club.imports.rules import Kind
from club.imports.service.work import Hands
from club.intake.looking import look_at
from club.members.models import Person, PersonIdentifier, PersonWord
from club.permissions import Role
from club.points.models import BALANCES, LOTS, MOVEMENTS, OPENINGS
from club.purchases.models import Correction, Purchase, PurchaseLine
from club.tiers.models import Status


@dataclass
class Importing:
    """One colleague who imports, and the worker beside them."""

    db: Session
    make_session: sessionmaker[Session]
    folder: Path
    by: int
    now: datetime
    role: Role = Role.MANAGER
    later: dict[str, object] = field(default_factory=dict)

    def hands(self, clock: Callable[[], datetime] | None = None) -> Hands:
        return Hands(self.make_session, self.folder, clock or (lambda: self.now))

    def upload(self, text: str, kind: Kind = Kind.PURCHASES, name: str = "till.csv") -> int:
        source = io.BytesIO(text.encode())
        return service.upload(self.db, self.folder, source, name, kind, by=self.by, role=self.role, now=self.now)

    def choose(self, run_id: int, **more: Any) -> None:
        kind = self.run(run_id).kind
        look = look_at(file_of(self.folder, run_id), COLUMNS[kind])
        options = Options(delimiter=look.delimiter, width=len(look.heads), places=look.guessed)
        service.choose(self.db, self.folder, run_id, replace(options, **more), self.by, self.role, self.now)

    def start(self, run_id: int, *, accepts_errors: bool = True) -> None:
        rows = self.run(run_id).found["to_take_in"]
        service.start(self.db, run_id, rows, accepts_errors=accepts_errors, by=self.by, role=self.role, now=self.now)

    def undo(self, run_id: int) -> None:
        service.undo(self.db, run_id, self.by, self.role, self.now)

    def work(self) -> None:
        while service.take_up(self.hands()):
            pass

    def run(self, run_id: int) -> Run:
        self.db.rollback()
        run = the_run(self.db, run_id)
        self.db.rollback()
        return run

    def whole(self, text: str, kind: Kind = Kind.PURCHASES, **more: Any) -> int:
        """From the file to the result."""
        run_id = self.upload(text, kind)
        self.choose(run_id, **more)
        self.work()
        self.start(run_id)
        self.work()
        return run_id


def figures(db: Session) -> dict[str, Any]:
    """What pages tell of a club: members, what they have, bought and hold; and the ledger's sums of every day."""
    db.rollback()
    accounts = ("active", "pending", "held", "debt", "issued", "redeemed", "expired", "reversed", "adjusted")
    sums = [func.sum(MOVEMENTS.c[name]) for name in accounts]
    by_day = db.execute(
        select(MOVEMENTS.c.member_id, MOVEMENTS.c.dated_on, *sums).group_by(*MOVEMENTS.c["member_id", "dated_on"])
    )
    people = select(
        Person.id, Person.member_number, Person.full_name, Person.email, Person.phone, Person.language,
        Person.birth_year, Person.birth_month, Person.birth_day, Person.joined_on, Person.search_text,
    ).where(Person.source != "undone")  # fmt: skip
    there = select(Person.id).where(Person.source != "undone")
    tables: dict[str, Any] = {
        "people": people,
        "identifiers": select(PersonIdentifier.kind, PersonIdentifier.value, PersonIdentifier.person_id),
        "words": select(PersonWord.person_id, PersonWord.word),
        "purchases": select(Purchase.__table__),
        "lines": select(PurchaseLine.__table__),
        "corrections": select(Correction.__table__),
        "balances": select(BALANCES).where(BALANCES.c.member_id.in_(there)),
        "lots": select(LOTS.c.member_id, LOTS.c.points, LOTS.c.active, LOTS.c.pending).where(
            (LOTS.c.active != 0) | (LOTS.c.pending != 0)
        ),
        "terms": select(Status.member_id, Status.rung_key, Status.since, Status.until, Status.how, Status.ended_on),
        "openings": select(OPENINGS.c.reference, OPENINGS.c.points),
    }
    found = {name: sorted(map(repr, map(tuple, db.execute(query)))) for name, query in tables.items()}
    found["ledger"] = sorted(repr(tuple(row)) for row in by_day if any(row[2:]))
    db.rollback()
    return found
