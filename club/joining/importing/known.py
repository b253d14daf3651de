"""What is known about people whom a file names, and what their rows would change."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from sqlalchemy import BigInteger, func, select
from sqlalchemy.orm import Session

from club.intake.bulk import chosen
from club.intake.complaints import Complaint
from club.joining.importing.rows import PersonRow
from club.members.models import FORMER_EMAIL, Consent, Person, PersonIdentifier
from club.members.rules import former_email
from club.tiers.models import Status
from club.tiers.rules import DatedLadder, How

NEWS, EMAIL = "news", "email"
OWN_ADDRESS = "this member signs in with another address and changes it themselves; leave the cell empty"


class Term(NamedTuple):
    """The rung held now."""

    status_id: int
    rung_key: str
    position: int
    since: date
    until: date | None
    how: str


class Said(NamedTuple):
    """The last answer about news by e-mail."""

    is_given: bool
    on: date


@dataclass
class Current:
    """Somebody as the club knows them."""

    person_id: int
    values: dict[str, object]
    """The columns that a file can change."""
    is_member: bool
    has_account: bool
    identifiers: set[tuple[str, str]] = field(default_factory=set)
    term: Term | None = None
    said: Said | None = None


@dataclass(frozen=True)
class Change:
    """What a row changes: columns before and after, and what it adds."""

    row: PersonRow
    person: Current
    before: dict[str, object]
    after: dict[str, object]
    identifiers: list[tuple[str, str]]
    gets_tier: bool
    gets_consent: bool

    @property
    def said(self) -> str:
        """For people: before → after."""
        parts = [f"{name} {_text(self.before[name])} → {_text(value)}" for name, value in self.after.items()]
        parts += [f"{kind} + {value}" for kind, value in self.identifiers]
        if not self.person.is_member:
            parts.append("becomes a member")
        if self.gets_tier:
            parts.append("tier" if self.row.tier_until is None else f"tier until {self.row.tier_until}")
        if self.gets_consent:
            parts.append(f"news by e-mail: {'yes' if self.row.consent_email else 'no'}")
        return f"{self.row.name}: {', '.join(parts)}"


COLUMNS = ("full_name", "email", "phone", "language", "birth_year", "birth_month", "birth_day", "joined_on")


def current(db: Session, person_ids: Iterable[int]) -> dict[int, Current]:
    """Everything that the rows of these people are compared with, in four questions."""
    wanted = set(person_ids)
    if not wanted:
        return {}
    rows = db.execute(
        select(Person.id, Person.member_number, Person.account_id, *(getattr(Person, name) for name in COLUMNS)).where(
            Person.id.in_(chosen(db, wanted, BigInteger()))
        )
    ).mappings()
    people = {
        row["id"]: Current(
            row["id"],
            {name: row[name] for name in COLUMNS},
            row["member_number"] is not None,
            row["account_id"] is not None,
        )
        for row in rows
    }
    _add_identifiers(db, people)
    _add_terms(db, people)
    _add_consents(db, people)
    return people


def _add_identifiers(db: Session, people: dict[int, Current]) -> None:
    for row in db.execute(
        select(PersonIdentifier.person_id, PersonIdentifier.kind, PersonIdentifier.value).where(
            PersonIdentifier.person_id.in_(chosen(db, people, BigInteger()))
        )
    ):
        people[row.person_id].identifiers.add((row.kind, row.value))


def _add_terms(db: Session, people: dict[int, Current]) -> None:
    columns = (Status.id, Status.rung_key, Status.position, Status.since, Status.until, Status.how)
    rows = db.execute(
        select(Status.member_id, *columns).where(
            Status.member_id.in_(chosen(db, people, BigInteger())), Status.ended_on.is_(None)
        )
    )
    for row in rows:
        people[row.member_id].term = Term(row.id, row.rung_key, row.position, row.since, row.until, row.how)


def _add_consents(db: Session, people: dict[int, Current]) -> None:
    last = (
        select(func.max(Consent.id))
        .where(
            Consent.person_id.in_(chosen(db, people, BigInteger())),
            Consent.purpose == NEWS,
            Consent.channel == EMAIL,
        )
        .group_by(Consent.person_id)
    )
    for row in db.execute(select(Consent.person_id, Consent.is_given, Consent.at).where(Consent.id.in_(last))):
        people[row.person_id].said = Said(row.is_given, row.at.date())


def held_by_rung(db: Session, dated: DatedLadder, members: int) -> dict[str, int]:
    """How many members hold each rung now; whoever has no term holds the first."""
    counts = {rung.key: 0 for rung in dated.ladder.rungs}
    held = db.execute(
        select(Status.rung_key, func.count().label("members"))
        .where(Status.ended_on.is_(None))
        .group_by(Status.rung_key)
    )
    counts |= {row.rung_key: row.members for row in held}
    counts[dated.ladder.rungs[0].key] += members - sum(counts.values())
    return counts


def changes_of(row: PersonRow, person: Current, today: date, dated: DatedLadder) -> Change | Complaint | None:
    """What the row would change; None for nothing. Empty cells and addresses of before a merge change nothing."""
    is_former = row.email is not None and (FORMER_EMAIL, former_email(row.email)) in person.identifiers
    wanted: dict[str, object] = {
        "full_name": row.name,
        "email": None if is_former else row.email,
        "phone": row.phone,
        "language": row.language,
        "joined_on": row.joined,
    }
    if row.birthday is not None:
        wanted |= dict(zip(("birth_year", "birth_month", "birth_day"), row.birthday, strict=True))
    after = {
        name: value
        for name, value in wanted.items()
        if (value is not None or name == "birth_year") and value != person.values[name]
    }
    if "email" in after and person.has_account:
        return Complaint(row.row, "email", row.email or "", OWN_ADDRESS)
    change = Change(
        row=row,
        person=person,
        before={name: person.values[name] for name in after},
        after=after,
        identifiers=[pair for pair in row.identifiers if pair not in person.identifiers],
        gets_tier=_gets_tier(row, person.term, dated),
        gets_consent=gets_consent(row, person.said, today),
    )
    is_change = after or change.identifiers or change.gets_tier or change.gets_consent or not person.is_member
    return change if is_change else None


def _gets_tier(row: PersonRow, term: Term | None, dated: DatedLadder) -> bool:
    """A file lifts and prolongs; it lowers nobody below what they hold."""
    if row.tier is None or dated.version_id is None:
        return False
    held = (dated.ladder.position_of(term.rung_key) if term else 0) or 0
    if row.tier != held or term is None:
        return row.tier > held
    return row.tier_until is not None and row.tier_until != term.until and term.how == How.IMPORT


def gets_consent(row: PersonRow, said: Said | None, today: date) -> bool:
    """Whether the row's answer is new, and not older than the one known."""
    if row.consent_email is None:
        return False
    return said is None or (said.is_given != row.consent_email and (row.consent_date or today) >= said.on)


def _text(value: object) -> str:
    return "-" if value is None else str(value)
