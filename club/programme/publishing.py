"""Writing legal texts: a draft is saved as often as one likes, and published in all languages at once."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from string import Template

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from club.audit import record
from club.database import Transaction, transaction
from club.errors import ChangedMeanwhile, LegalTextMissing
from club.permissions import Permission, Role, require
from club.programme.legal import Legal, LegalDraft, LegalText, draft, in_force
from club.programme.models import Programme, the_club
from club.programme.rules import Club
from club.programme.service import touch
from club.texts import LANGUAGES, Texts

LONGEST_LEGAL = 60_000
_SHIPPED = Path(__file__).parent / "legal_drafts"


def shipped(kind: Legal, club: Club) -> Texts:
    """The text that comes with the program, with the club's own name and contact in it: a draft to adapt."""
    return Texts({code: _filled(_template(kind, code), club, code) for code in LANGUAGES})


def draft_or_shipped(db: Session, kind: Legal) -> Texts:
    """What an editor begins with: the draft, else what counts now, else what comes with the program."""
    counting = in_force(db, kind)
    base = shipped(kind, the_club(db)) if counting is None else counting.body
    written = draft(db, kind)
    return Texts({code: written.get(code, base.get(code, "")) for code in LANGUAGES})


def mark_of_draft(body: Mapping[str, str]) -> str:
    """What somebody saw of a draft."""
    return sha256(repr([body.get(code, "") for code in LANGUAGES]).encode()).hexdigest()[:32]


def save_draft(
    db: Session, kind: Legal, body: Mapping[str, str], seen: str, by: int, role: Role | None, now: datetime
) -> None:
    """Keep what was written; nobody else sees it yet. Raises `NotAllowed` and `ChangedMeanwhile`."""
    require(role, Permission.EDIT_PROGRAMME)
    with transaction(db) as tx:
        _lock(tx)
        _check_seen(tx, kind, seen)
        tx.execute(delete(LegalDraft).where(LegalDraft.kind == kind.value))
        rows = [
            {"kind": kind.value, "language": code, "body": body.get(code, ""), "changed_at": now, "by": by}
            for code in LANGUAGES
        ]
        tx.execute(insert(LegalDraft), rows)
        record(tx, "legal.drafted", "legal", _number_of(kind), by=by, now=now, words={"kind": kind.value})


def publish(db: Session, kind: Legal, seen: str, by: int, role: Role | None, now: datetime) -> int:
    """Let the draft count from now on; returns its version.

    Consents given from now on point to it. Raises `NotAllowed`, `ChangedMeanwhile` and `LegalTextMissing`.
    """
    require(role, Permission.EDIT_PROGRAMME)
    with transaction(db) as tx:
        _lock(tx)
        _check_seen(tx, kind, seen)
        body = draft_or_shipped(tx, kind)
        if any(not body.get(code, "").strip() for code in LANGUAGES):
            raise LegalTextMissing
        last = tx.scalar(select(func.max(LegalText.version)).where(LegalText.kind == kind.value)) or 0
        shared = {"kind": kind.value, "version": last + 1, "published_at": now, "by": by}
        tx.execute(insert(LegalText), [{**shared, "language": code, "body": body[code]} for code in LANGUAGES])
        tx.execute(delete(LegalDraft).where(LegalDraft.kind == kind.value))
        touch(tx)
        words: dict[str, object] = {"kind": kind.value}
        record(tx, "legal.published", "legal", _number_of(kind), by=by, now=now, words=words, version=last + 1)
    return last + 1


def _lock(tx: Transaction) -> None:
    tx.execute(select(Programme.id).with_for_update())


def _check_seen(tx: Transaction, kind: Legal, seen: str) -> None:
    if mark_of_draft(draft_or_shipped(tx, kind)) != seen:
        raise ChangedMeanwhile((kind.value,))


def _number_of(kind: Legal) -> int:
    """A text as the log counts it."""
    return list(Legal).index(kind) + 1


@cache
def _template(kind: Legal, language: str) -> Template:
    return Template((_SHIPPED / f"{kind.value}.{language}.md").read_text(encoding="utf-8"))


def _filled(template: Template, club: Club, language: str) -> str:
    return template.safe_substitute(
        club=club.name.into(language, club.main_language),
        address=", ".join(club.contact_address.split("\n")),
        email=club.contact_email,
        phone=club.contact_phone,
        days=club.shop_return_days,
    )
