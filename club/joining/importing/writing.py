"""Writing a batch of people: new ones in sets, changed ones one by one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import Table, insert, update

from club.audit import record
from club.database import Transaction
from club.intake.bulk import insert_many
from club.intake.models import ImportChange
from club.joining.importing.known import EMAIL, NEWS, Change, Term, gets_consent
from club.joining.importing.rows import PersonRow
from club.members.importing import Newcomer, note_made, write_members
from club.members.models import Consent, Person
from club.members.rules import email_key
from club.members.service import add_identifier, make_member, refresh_search_text
from club.points.importing import open_accounts
from club.points.service import open_account
from club.programme.rules import Club
from club.tiers.rules import DatedLadder, How
from club.tiers.service.terms import NewTerm, begin

TEXT_VERSION = "imported"
_CONSENTS: Table = Consent.__table__  # type: ignore[assignment]  # a mapped class has a Table
_CONSENT_COLUMNS = ("person_id", "purpose", "channel", "is_given", "text_version", "language", "source", "at")


@dataclass(frozen=True)
class Writer:
    """Writes for one file."""

    club: Club
    today: date
    dated: DatedLadder
    file_name: str
    by: int | None
    now: datetime
    run_id: int

    def write(self, tx: Transaction, new: Sequence[PersonRow], changed: Sequence[Change]) -> None:
        """A whole batch."""
        if new:
            self._write_new(tx, new)
        for change in changed:
            self._write_change(tx, change)

    def _write_new(self, tx: Transaction, rows: Sequence[PersonRow]) -> None:
        ids = write_members(tx, [self._newcomer(row) for row in rows], self.now)
        open_accounts(tx, ids)
        note_made(tx, self.run_id, ids)
        people = list(zip(ids, rows, strict=True))
        insert_many(
            tx,
            _CONSENTS,
            _CONSENT_COLUMNS,
            [self._consent(person_id, row) for person_id, row in people if gets_consent(row, None, self.today)],
        )
        for person_id, row in people:
            if row.tier:
                self._give_tier(tx, person_id, row, None)

    def _note(self, tx: Transaction, change: Change, status_id: int | None) -> None:
        """What it takes to undo a change."""
        person = change.person
        before: dict[str, object] = {"values": _words(change.before), "was_member": person.is_member}
        if change.gets_consent:
            before["consent"] = None if person.said is None else person.said.is_given
        if status_id is not None:
            before["status_id"] = None if person.term is None else person.term.status_id
        after: dict[str, object] = {"values": _words(change.after), "identifiers": change.identifiers}
        after["status_id"] = status_id
        tx.execute(
            insert(ImportChange).values(
                import_id=self.run_id, kind="changed", person_id=person.person_id, before=before, after=after
            )
        )

    def _newcomer(self, row: PersonRow) -> Newcomer:
        return Newcomer(
            row.name,
            row.joined or self.today,
            row.language or self.club.main_language,
            email=row.email,
            phone=row.phone,
            birthday=row.birthday or (None, None, None),
            number=row.member_number,
            identifiers=row.identifiers,
        )

    def _write_change(self, tx: Transaction, change: Change) -> None:
        person_id, row = change.person.person_id, change.row
        if change.after:
            values = dict(change.after)
            if row.email is not None and "email" in values:
                values["email_key"] = email_key(row.email)
            tx.execute(update(Person).where(Person.id == person_id).values(values))
            refresh_search_text(tx, person_id)
        if not change.person.is_member:
            make_member(tx, person_id, row.joined or self.today)
            open_account(tx, person_id)
        for kind, value in change.identifiers:
            add_identifier(tx, person_id, kind, value)
        if change.gets_consent:
            insert_many(tx, _CONSENTS, _CONSENT_COLUMNS, [self._consent(person_id, row)])
        status_id = self._give_tier(tx, person_id, row, change.person.term) if change.gets_tier else None
        self._note(tx, change, status_id)
        words: dict[str, object] = {"before": _words(change.before), "after": _words(change.after)}
        record(
            tx, "member.changed_by_import", "person", person_id, by=self.by, now=self.now, person_id=person_id,
            words=words,
        )  # fmt: skip

    def _give_tier(self, tx: Transaction, person_id: int, row: PersonRow, term: Term | None) -> int | None:
        if row.tier is None or self.dated.version_id is None:
            return None
        since = self.today if term is None else max(self.today, term.since)
        until = row.tier_until or self.dated.ladder.term_end(row.tier, self.today)
        key = self.dated.ladder.rungs[row.tier].key
        new = NewTerm(person_id, key, row.tier, self.dated.version_id, since, until if row.tier else None, How.IMPORT)
        return begin(tx, None if term is None else term.status_id, new, self.now)

    def _consent(self, person_id: int, row: PersonRow) -> tuple[object, ...]:
        at = self.now
        if row.consent_date is not None and row.consent_date < self.today:
            at = datetime.combine(row.consent_date, time(12), ZoneInfo(self.club.time_zone))
        return (
            person_id, NEWS, EMAIL, bool(row.consent_email), TEXT_VERSION, row.language or self.club.main_language,
            row.consent_source or f"file {self.file_name}"[:100], at,
        )  # fmt: skip


def _words(values: dict[str, object]) -> dict[str, object]:
    return {name: None if value is None else str(value) for name, value in values.items()}
