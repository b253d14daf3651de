"""A stranger becomes a person; somebody whom the club knows is joined quietly. Nobody outside sees which it was."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import func, insert, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from club.clock import club_day
from club.database import Transaction, is_sqlite
from club.leads.models import Lead, LeadSource
from club.leads.rules import OWN_WISH, Basis, NewLead, SourceKind, new_reference
from club.members.models import Known, people_with_phone, person_named_by_email
from club.members.rules import NewPerson, email_key, fold, phone_typed
from club.members.service import new_person, record_consent
from club.programme.models import the_club

PURPOSE = "request"
"""Consent to be contacted about what they asked for; it is no yes to news."""


@dataclass(frozen=True)
class Captured:
    """A request as it was kept. `is_first`: the club had not known the person before; no page says so."""

    lead_id: int
    person_id: int
    reference: str
    is_first: bool
    was_kept_before: bool = False


def capture(
    tx: Transaction, new: NewLead, now: datetime, *, by: int | None = None, import_id: int | None = None
) -> Captured:
    """Keep a request and its person, as a step; `import_id` where a list brought it.

    Whoever has this address, or this phone and name, is joined; nothing of theirs is changed by what was typed.
    Raises `NameMissing`, `ContactMissing`, `BadEmail`, `BadPhone` and `TextTooLong`.
    """
    tidy = new.checked()
    phone = phone_typed(tidy.phone, the_club(tx).country) if tidy.phone else ""
    _wait_for_the_same(tx, tidy.email or phone)
    before = _kept_before(tx, tidy.once)
    if before is not None:
        return before
    source_id = own_source(tx, tidy.source, now) if isinstance(tidy.source, SourceKind) else tidy.source
    known = _known(tx, tidy, phone)
    person_id = _stranger(tx, tidy, source_id, now) if known is None else known.person_id
    reference = _free_reference(tx)
    values = {
        "reference": reference,
        "person_id": person_id,
        "source_id": source_id,
        "form_id": tidy.form_id,
        "campaign": tidy.campaign,
        "referrer": tidy.referrer,
        "at": now,
        "is_first": known is None,
        "channel": None if tidy.channel is None else tidy.channel.value,
        "times": tidy.times,
        "interest": tidy.interest,
        "supplier": tidy.supplier,
        "message": tidy.message,
        "brought_by": tidy.brought_by if tidy.brought_by != person_id else None,
        "made_by": by,
        "once": tidy.once,
        "import_id": import_id,
    }
    lead_id = tx.execute(insert(Lead).values(values).returning(Lead.id)).scalar_one()
    if tidy.words_version:
        _keep_consent(tx, person_id, tidy, now)
    return Captured(lead_id, person_id, reference, is_first=known is None)


def known_person(db: Session, new: NewLead, country: str) -> Known | None:
    """Whom a request would be joined to as things are; None: it would make somebody new."""
    return _known(db, new, phone_typed(new.phone, country) if new.phone else "")


def own_source(tx: Transaction, kind: SourceKind, now: datetime) -> int:
    """The club's own source of a kind, made when it is first needed."""
    found = select(LeadSource.id).where(LeadSource.own_kind == kind.value)
    source_id = tx.scalar(found)
    if source_id is not None:
        return source_id
    add = sqlite_insert if is_sqlite(tx) else postgresql_insert
    values = {
        "kind": kind.value,
        "own_kind": kind.value,
        "name": "",
        "begun_on": club_day(now, the_club(tx).time_zone),
        "cost": 0,
        "basis": (Basis.ASKED if kind in OWN_WISH else Basis.UNCLEAR).value,
        "licence": "",
        "version": 1,
        "made_at": now,
    }
    tx.execute(add(LeadSource).values(values).on_conflict_do_nothing(index_elements=["own_kind"]))
    return tx.scalars(found).one()


def _wait_for_the_same(tx: Transaction, contact: str) -> None:
    """Two requests with one contact are kept one after the other; SQLite has one writer at a time anyhow."""
    if not is_sqlite(tx):
        digest = sha256(f"lead\0{email_key(contact)}".encode()).digest()
        tx.execute(select(func.pg_advisory_xact_lock(int.from_bytes(digest[:8], signed=True))))


def _kept_before(tx: Transaction, once: str | None) -> Captured | None:
    if once is None:
        return None
    columns = (Lead.id, Lead.person_id, Lead.reference, Lead.is_first)
    row = tx.execute(select(*columns).where(Lead.once == once)).one_or_none()
    return None if row is None else Captured(*row, was_kept_before=True)


def _known(tx: Session, new: NewLead, phone: str) -> Known | None:
    """Families share a phone, so a phone alone is nobody."""
    if new.email:
        with_email = person_named_by_email(tx, new.email)
        if with_email is not None:
            return with_email
    if not phone:
        return None
    name = fold(new.full_name)
    same = [person for person in people_with_phone(tx, phone) if fold(person.full_name) == name]
    return same[0] if same else None


def _stranger(tx: Transaction, new: NewLead, source_id: int, now: datetime) -> int:
    kind = tx.scalars(select(LeadSource.kind).where(LeadSource.id == source_id)).one()
    person = NewPerson(
        full_name=new.full_name,
        language=new.language,
        source=f"lead:{kind}",
        email=new.email or None,
        phone=new.phone or None,
    )
    return new_person(tx, person, None, now)


def _keep_consent(tx: Transaction, person_id: int, new: NewLead, now: datetime) -> None:
    ways = [channel for channel, given in (("email", new.email), ("phone", new.phone)) if given]
    for channel in ways:
        record_consent(
            tx,
            person_id,
            purpose=PURPOSE,
            channel=channel,
            is_given=True,
            text_version=new.words_version,
            language=new.language,
            source="lead form" if new.form_id is not None else "contact form",
            now=now,
        )


def _free_reference(tx: Transaction) -> str:
    while True:
        reference = new_reference()
        if tx.scalar(select(Lead.id).where(Lead.reference == reference)) is None:
            return reference
