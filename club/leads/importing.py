"""Taking in a list of people to be won: each row is a request of the source that the list was registered as."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import TypedDict, cast

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from club.audit import record
from club.database import Transaction, transaction
from club.errors import BadEmail, BadPhone, ContactMissing, NameMissing, TextTooLong
from club.intake import staging
from club.intake.bulk import chosen, patient_transaction
from club.intake.complaints import Complaint, Complaints
from club.intake.listed import Listed
from club.intake.models import ImportChange
from club.intake.staging import Progress
from club.intake.table import Columns, Record, open_table
from club.leads.models import Lead, the_source
from club.leads.rules import LONGEST_MESSAGE, NewLead
from club.leads.service.capturing import capture, known_person
from club.members.rules import email_key, fold, phone_typed
from club.permissions import Permission, Role, require
from club.programme.models import the_club
from club.programme.rules import Club
from club.texts import LANGUAGES

COLUMNS = Columns(("name",), ("email", "phone", "language", "interest", "supplier", "message"))
BATCH = 200


class Counts(TypedDict):
    """What is kept of it."""

    rows: int
    new: int
    same: int
    errors: int
    joined: int


@dataclass(kw_only=True)
class LeadsImported:
    """What came of it. `joined`: of the new requests, those of people whom the club knows already."""

    rows: int = 0
    new: int = 0
    same: int = 0
    errors: int = 0
    joined: int = 0
    written: str = ""
    unknown_columns: tuple[str, ...] = ()

    @property
    def counts(self) -> Counts:
        """As the run keeps them."""
        return {"rows": self.rows, "new": self.new, "same": self.same, "errors": self.errors, "joined": self.joined}


def import_leads(
    db: Session,
    path: Path,
    by: int | None,
    role: Role | None,
    now: datetime,
    complaints: Complaints,
    progress: Progress,
    *,
    source_id: int,
    is_dry_run: bool,
    listed: Listed,
) -> LeadsImported:
    """Keep every row as a request of this source. The same row of the same source is kept once, in whatever file.

    Nobody is written to and nothing of a known person is changed. Raises `NotAllowed`, `NotFound` and `BadFile`.
    """
    require(role, Permission.IMPORT_DATA)
    source = the_source(db, source_id)
    club = the_club(db)
    table = open_table(path, COLUMNS, chosen=listed.chosen)
    imported = LeadsImported(written=table.described, unknown_columns=table.unknown)
    seen: set[str] = set()
    with table.records() as records:
        rows = _rows(records, source.id, club, complaints, imported)
        for batch in staging.batches(rows, BATCH):
            progress("members", records.bytes_read, records.size)
            fresh = _fresh(db, batch, seen, imported)
            if is_dry_run:
                imported.joined += sum(1 for new in fresh if known_person(db, new, club.country) is not None)
                imported.new += len(fresh)
                db.rollback()
            else:
                with patient_transaction(db) as tx:
                    _keep(tx, fresh, listed.run_id, by, now)
    imported.errors = complaints.rows
    imported.rows += imported.errors
    if is_dry_run:
        return imported
    imported.new, imported.joined = _brought(db, listed.run_id)
    imported.same = imported.rows - imported.errors - imported.new
    with transaction(db) as tx:
        staging.finish(tx, listed.run_id, cast("dict[str, int]", imported.counts), now)
        record(tx, "leads.imported", "import_run", listed.run_id, by=by, now=now, source=source.id, new=imported.new)
    return imported


def _rows(
    records: Iterable[Record], source_id: int, club: Club, complaints: Complaints, imported: LeadsImported
) -> Iterator[NewLead]:
    for record_ in records:
        new = _read(record_, source_id, club)
        if isinstance(new, Complaint):
            complaints.add(new)
        else:
            imported.rows += 1
            yield new


def _read(record_: Record, source_id: int, club: Club) -> NewLead | Complaint:
    """What the row says, or the first thing that is wrong with it."""
    number, cells, surplus = record_
    name, email, phone, language, interest, supplier, message = cells
    if surplus:
        return Complaint(number, "", "", "there are more cells than columns; quote those with the delimiter")
    if language and language.lower() not in LANGUAGES:
        return Complaint(number, "language", language, f"it can be {', '.join(LANGUAGES)}")
    try:
        phone = phone_typed(phone, club.country) if phone else ""
        return NewLead(
            full_name=name, language=language.lower() or club.main_language, source=source_id, email=email,
            phone=phone, interest=interest, supplier=supplier, message=message,
            once=_once(source_id, name, email, phone),
        ).checked()  # fmt: skip
    except NameMissing:
        return Complaint(number, "name", name, "every row needs a name of 1 to 200 letters")
    except BadEmail:
        return Complaint(number, "email", email, "this is not an e-mail address")
    except BadPhone:
        what = "this is not a phone number; write it with its country code, +34 …"
        return Complaint(number, "phone", phone, what)
    except ContactMissing:
        return Complaint(number, "email", "", "give an address or a phone number, so that somebody can be reached")
    except TextTooLong:
        return Complaint(number, "message", message, f"this is too long; {LONGEST_MESSAGE} letters at most")


def _once(source_id: int, name: str, email: str, phone: str) -> str:
    """The same person of the same source, however their row is written."""
    said = "\x1f".join([str(source_id), " ".join(fold(name).split()), email_key(email) if email else "", phone])
    return f"list:{blake2b(said.encode(), digest_size=16).hexdigest()}"


def _fresh(db: Session, batch: Sequence[NewLead], seen: set[str], imported: LeadsImported) -> list[NewLead]:
    """Those that are not kept yet, each once."""
    keys = [new.once or "" for new in batch]
    kept = set(db.scalars(select(Lead.once).where(Lead.once.in_(chosen(db, keys)))))
    db.rollback()
    fresh = []
    for new in batch:
        if new.once in kept or new.once in seen:
            imported.same += 1
        else:
            fresh.append(new)
            seen.add(new.once or "")
    return fresh


def _keep(tx: Transaction, fresh: list[NewLead], run_id: int, by: int | None, now: datetime) -> None:
    """In one order, so that two imports at once wait for each other instead of standing in each other's way."""
    for new in sorted(fresh, key=lambda one: email_key(one.email or one.phone)):
        captured = capture(tx, new, now, by=by, import_id=run_id)
        if captured.is_first and not captured.was_kept_before:
            tx.execute(insert(ImportChange).values(import_id=run_id, kind="made", person_id=captured.person_id))


def _brought(db: Session, run_id: int) -> tuple[int, int]:
    """Requests that came with the run, whichever attempt of it kept them, and those of people known before."""
    known = func.count().filter(Lead.is_first.is_(False))
    new, joined = db.execute(select(func.count(), known).where(Lead.import_id == run_id)).one()
    return int(new), int(joined)
