"""Changing what is kept about somebody, field by field; who changed what stays in the audit, in erasable words."""

from dataclasses import asdict, dataclass, replace
from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from club.audit import AuditEntry, record
from club.clock import club_day
from club.database import Transaction, transaction
from club.errors import (
    AlreadyKnown,
    ChangedMeanwhile,
    EmailTaken,
    IdentifierMissing,
    NotFound,
    SignsInWithAddress,
    SourceMissing,
    UnknownMember,
)
from club.members.models import IDENTIFIER_KINDS, Consent, Person, PersonIdentifier, person_named_by_email
from club.members.rules import (
    LONGEST_CALL_NAME,
    LONGEST_IDENTIFIER,
    check_birthday,
    checked_email,
    checked_name,
    email_key,
    grouped,
    identifier_key,
    phone_typed,
)
from club.members.service import record_consent, refresh_search_text
from club.permissions import Permission, Role, may, require
from club.programme.models import the_club

EDITED = "person.edited"
SAID = "said"
"""The wording of a yes or no that somebody said or wrote in their own words."""
PURPOSE = "news"
CHANNELS = ("email", "phone", "post")
HOW = ("phone", "paper", "counter", "mail")
"""How a yes or no can reach the staff."""
CONTACT = ("email", "phone")


@dataclass(frozen=True, kw_only=True)
class PersonData:
    """What a form shows of somebody, and what it gives back."""

    full_name: str
    call_name: str
    email: str | None
    phone: str | None
    language: str
    birth_year: int | None
    birth_month: int | None
    birth_day: int | None


_FIELDS = tuple(PersonData.__dataclass_fields__)
_COLUMNS = tuple(getattr(Person, name) for name in _FIELDS)


# --- queries


def data_of(db: Session, person_id: int, *, with_contact: bool = True) -> PersonData:
    """What is kept about somebody now; without contact data for who may not see it. Raises `UnknownMember`."""
    row = db.execute(select(*_COLUMNS).where(Person.id == person_id, Person.merged_into.is_(None))).one_or_none()
    if row is None:
        raise UnknownMember
    data = PersonData(**row._mapping)
    return data if with_contact else replace(data, email=None, phone=None)


def last_edit(db: Session, person_id: int) -> datetime | None:
    """When somebody's data were last changed by staff."""
    edited = select(AuditEntry.at).where(AuditEntry.subject == "person", AuditEntry.subject_id == person_id)
    return db.scalar(edited.where(AuditEntry.act == EDITED).order_by(AuditEntry.id.desc()).limit(1))


def identifiers_of(db: Session, person_id: int) -> list[tuple[str, str]]:
    """Ids in other systems and old cards: (kind, value)."""
    kept = select(PersonIdentifier.kind, PersonIdentifier.value).where(
        PersonIdentifier.person_id == person_id, PersonIdentifier.kind.in_(IDENTIFIER_KINDS)
    )
    return [(row.kind, row.value) for row in db.execute(kept.order_by(PersonIdentifier.kind, PersonIdentifier.value))]


@dataclass(frozen=True)
class Said:
    """One yes or no."""

    purpose: str
    channel: str
    is_given: bool
    text_version: str
    source: str
    at: datetime


def consents_of(db: Session, person_id: int) -> list[Said]:
    """Every yes and no of somebody, the newest first."""
    columns = (getattr(Consent, name) for name in Said.__dataclass_fields__)
    rows = db.execute(select(*columns).where(Consent.person_id == person_id).order_by(Consent.id.desc()).limit(500))
    return [Said(*row) for row in rows]


def standing(consents: list[Said]) -> list[Said]:
    """What holds now: the last answer for each purpose and channel."""
    last: dict[tuple[str, str], Said] = {}
    for said in consents:
        last.setdefault((said.purpose, said.channel), said)
    return list(last.values())


# --- use cases


def edit_person(
    db: Session, person_id: int, seen: PersonData, wanted: PersonData, *, by: int, role: Role | None, now: datetime
) -> list[str]:
    """Write what differs between the form as it was shown and as it came back; the names of the changed fields.

    Contact data change only by who may see them. Raises `NotAllowed`, `UnknownMember`, `ChangedMeanwhile` where a
    colleague changed the same field, `EmailTaken`, `SignsInWithAddress` and what the rules refuse.
    """
    require(role, Permission.EDIT_MEMBERS)
    club = the_club(db)
    tidy = _checked(wanted, club.country)
    check_birthday(tidy.birth_year, tidy.birth_month, tidy.birth_day, club_day(now, club.time_zone))
    touched = [name for name in _FIELDS if getattr(tidy, name) != getattr(seen, name)]
    if not may(role, Permission.SEE_CONTACT):
        touched = [name for name in touched if name not in CONTACT]
    with transaction(db) as tx:
        row = tx.execute(
            select(*_COLUMNS, Person.account_id)
            .where(Person.id == person_id, Person.merged_into.is_(None))
            .with_for_update()
        ).one_or_none()
        if row is None:
            raise UnknownMember
        before, after = dict(row._mapping), asdict(tidy)
        stale = [name for name in touched if before[name] not in (getattr(seen, name), after[name])]
        if stale:
            raise ChangedMeanwhile(tuple(stale))
        changed = [name for name in touched if before[name] != after[name]]
        if changed:
            _write(tx, person_id, {name: after[name] for name in changed}, has_account=row.account_id is not None)
            words: dict[str, object] = {
                "before": {name: before[name] for name in changed},
                "after": {name: after[name] for name in changed},
            }
            record(
                tx, EDITED, "person", person_id, by=by, now=now, person_id=person_id, words=words, fields=len(changed)
            )
    return changed


def know_by(db: Session, person_id: int, kind: str, value: str, *, by: int, role: Role | None, now: datetime) -> None:
    """Know somebody by an old card or an id of another system too.

    Raises `NotAllowed`, `UnknownMember`, `IdentifierMissing` and `AlreadyKnown` where another person has it.
    """
    require(role, Permission.EDIT_MEMBERS)
    key = identifier_key(value)
    if kind not in IDENTIFIER_KINDS or not key or len(key) > LONGEST_IDENTIFIER or not key.isprintable():
        raise IdentifierMissing
    with transaction(db) as tx:
        data_of(tx, person_id)
        kept = PersonIdentifier.kind == kind, PersonIdentifier.value == key
        owner = tx.execute(select(Person.id, Person.member_number).join(PersonIdentifier).where(*kept)).one_or_none()
        if owner is not None and owner.id != person_id:
            raise AlreadyKnown(grouped(owner.member_number) if owner.member_number else "–")
        if owner is None:
            tx.execute(insert(PersonIdentifier).values(kind=kind, value=key, person_id=person_id))
            refresh_search_text(tx, person_id)
            words: dict[str, object] = {"added": f"{kind} {key}"}
            record(tx, "person.known_by", "person", person_id, by=by, now=now, person_id=person_id, words=words)


def forget_identifier(
    db: Session, person_id: int, kind: str, value: str, *, by: int, role: Role | None, now: datetime
) -> None:
    """An old card or an id of another system leads here no more. Raises `NotAllowed` and `NotFound`."""
    require(role, Permission.EDIT_MEMBERS)
    with transaction(db) as tx:
        kept = (PersonIdentifier.kind == kind, PersonIdentifier.value == value, PersonIdentifier.person_id == person_id)
        if tx.scalar(select(PersonIdentifier.value).where(*kept)) is None:
            raise NotFound
        tx.execute(delete(PersonIdentifier).where(*kept))
        refresh_search_text(tx, person_id)
        words: dict[str, object] = {"removed": f"{kind} {value}"}
        record(tx, "person.not_known_by", "person", person_id, by=by, now=now, person_id=person_id, words=words)


def note_consent(
    db: Session,
    person_id: int,
    channel: str,
    *,
    is_given: bool,
    how: str,
    by: int,
    role: Role | None,
    now: datetime,
) -> None:
    """Keep what somebody told the staff about news by a channel, with how they said so.

    Raises `NotAllowed`, `UnknownMember` and `SourceMissing`.
    """
    require(role, Permission.EDIT_MEMBERS)
    if how not in HOW:
        raise SourceMissing
    if channel not in CHANNELS:
        raise NotFound
    with transaction(db) as tx:
        person = data_of(tx, person_id)
        record_consent(
            tx,
            person_id,
            purpose=PURPOSE,
            channel=channel,
            is_given=is_given,
            text_version=SAID,
            language=person.language,
            source=f"staff:{how}",
            now=now,
        )
        record(tx, "person.consent_noted", "person", person_id, by=by, now=now, is_given=is_given)


def _checked(wanted: PersonData, country: str) -> PersonData:
    return replace(
        wanted,
        full_name=checked_name(wanted.full_name),
        call_name=" ".join(wanted.call_name.split())[:LONGEST_CALL_NAME],
        email=checked_email(wanted.email) if wanted.email else None,
        phone=phone_typed(wanted.phone, country) if wanted.phone else None,
    )


def _write(tx: Transaction, person_id: int, values: dict[str, object], *, has_account: bool) -> None:
    if "email" in values:
        email = values["email"]
        if has_account:
            raise SignsInWithAddress
        key = email_key(str(email)) if email else None
        owner = person_named_by_email(tx, key) if key else None
        if owner is not None and owner.person_id != person_id:
            raise EmailTaken
        values = {**values, "email_key": key}
    tx.execute(update(Person).where(Person.id == person_id).values(values))
    refresh_search_text(tx, person_id)
