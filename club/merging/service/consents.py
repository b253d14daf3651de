"""What the record that goes said is said again for the one that stays; a No of either holds. Append-only both ways."""

from datetime import datetime

from sqlalchemy import insert, select

from club.database import Transaction
from club.members.models import Consent
from club.merging.rules import Said, to_say_again
from club.merging.service.rows import BEGUN, ids_of, remember

_CONSENTS = Consent.__table__.c
_COLUMNS = ("purpose", "channel", "is_given", "text_version", "language")


def answers_of(tx: Transaction, person_id: int) -> dict[tuple[str, str], Said]:
    """The last answer to every question."""
    rows = tx.execute(
        select(Consent.id, *(_CONSENTS[name] for name in _COLUMNS))
        .where(Consent.person_id == person_id)
        .order_by(Consent.id)
    )
    return {(row.purpose, row.channel): Said(row.id, row.is_given, row.text_version, row.language) for row in rows}


def say_again(tx: Transaction, merge_id: int, stays_id: int, goes_id: int, now: datetime) -> None:
    """Write the answers that hold for the record that stays from now on."""
    stays, goes = answers_of(tx, stays_id), answers_of(tx, goes_id)
    for question in to_say_again(stays, goes):
        consent_id = _write(tx, stays_id, question, goes[question], f"merge {merge_id}", now)
        remember(tx, merge_id, BEGUN, Consent.__tablename__, "id", [(consent_id,)])


def take_back(tx: Transaction, merge_id: int, stays_id: int, now: datetime) -> None:
    """Say again what the record that stays had said before; without an answer before, none is a No."""
    written = ids_of(tx, merge_id, BEGUN, Consent.__tablename__)
    latest = answers_of(tx, stays_id)
    for question, said in latest.items():
        if said.id not in written:
            continue
        before = _before(tx, stays_id, question, said.id) or Said(0, False, said.text_version, said.language)
        _write(tx, stays_id, question, before, f"unmerge {merge_id}", now)


def _before(tx: Transaction, person_id: int, question: tuple[str, str], consent_id: int) -> Said | None:
    purpose, channel = question
    row = tx.execute(
        select(Consent.id, Consent.is_given, Consent.text_version, Consent.language)
        .where(
            Consent.person_id == person_id,
            Consent.purpose == purpose,
            Consent.channel == channel,
            Consent.id < consent_id,
        )
        .order_by(Consent.id.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else Said(*row)


def _write(tx: Transaction, person_id: int, question: tuple[str, str], said: Said, source: str, now: datetime) -> int:
    purpose, channel = question
    return tx.execute(
        insert(Consent)
        .values(
            person_id=person_id,
            purpose=purpose,
            channel=channel,
            is_given=said.is_given,
            text_version=said.text_version,
            language=said.language,
            source=source,
            at=now,
        )
        .returning(Consent.id)
    ).scalar_one()
