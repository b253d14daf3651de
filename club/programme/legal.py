"""Terms, privacy notice and returns: a draft that is worked on, and versions that were published and stay so."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from club.database import NEVER_REUSED, Base, BigId
from club.programme.models import remembered
from club.texts import Texts


class Legal(StrEnum):
    """The texts that a club owes the people it deals with."""

    TERMS = "terms"
    PRIVACY = "privacy"
    RETURNS = "returns"


_KIND_KNOWN = "kind IN ({})".format(", ".join(f"'{kind}'" for kind in Legal))


class LegalDraft(Base):
    """What is being written, in one language; there is one draft a text."""

    __tablename__ = "legal_draft"
    __table_args__ = (CheckConstraint(_KIND_KNOWN, name="kind_known"),)

    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    language: Mapped[str] = mapped_column(String(2), primary_key=True)
    body: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime]
    by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))


class LegalText(Base):
    """One language of a published version. Append-only: consents point to it."""

    __tablename__ = "legal_text"
    __table_args__ = (
        CheckConstraint(_KIND_KNOWN, name="kind_known"),
        CheckConstraint("version > 0", name="version_positive"),
        UniqueConstraint("kind", "version", "language", name="uq_legal_text_version"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    version: Mapped[int]
    language: Mapped[str] = mapped_column(String(2))
    body: Mapped[str] = mapped_column(Text)
    published_at: Mapped[datetime]
    by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))


@dataclass(frozen=True)
class Published:
    """A version that counted from a moment on; Markdown in three languages."""

    kind: Legal
    version: int
    published_at: datetime
    body: Texts


@dataclass(frozen=True)
class Edition:
    """A version in a list: its number, and since when it counted."""

    version: int
    published_at: datetime


def in_force(db: Session, kind: Legal) -> Published | None:
    """The version that counts now; None while nothing was published."""
    return remembered(db, f"legal {kind}", lambda reading: _newest(reading, kind))


def published(db: Session, kind: Legal, version: int) -> Published | None:
    """One version."""
    rows = db.execute(
        select(LegalText.language, LegalText.body, LegalText.published_at).where(
            LegalText.kind == kind.value, LegalText.version == version
        )
    ).all()
    if not rows:
        return None
    return Published(kind, version, rows[0].published_at, Texts({row.language: row.body for row in rows}))


def editions(db: Session, kind: Legal) -> list[Edition]:
    """All published versions, the newest first."""
    rows = db.execute(
        select(LegalText.version, LegalText.published_at)
        .where(LegalText.kind == kind.value)
        .distinct()
        .order_by(LegalText.version.desc())
    )
    return [Edition(*row) for row in rows]


def text_id(db: Session, one: Published, language: str) -> int | None:
    """The row of a version in one language: what somebody read and accepted."""
    return db.scalar(
        select(LegalText.id).where(
            LegalText.kind == one.kind.value, LegalText.version == one.version, LegalText.language == language
        )
    )


def draft(db: Session, kind: Legal) -> dict[str, str]:
    """Language → what is being written; languages that nobody has begun are absent."""
    rows = db.execute(select(LegalDraft.language, LegalDraft.body).where(LegalDraft.kind == kind.value))
    return {row.language: row.body for row in rows}


def _newest(db: Session, kind: Legal) -> Published | None:
    found = editions(db, kind)
    return published(db, kind, found[0].version) if found else None


_KIND_OF_PURPOSE = {"terms": Legal.TERMS, "privacy": Legal.PRIVACY, "news": Legal.PRIVACY}


def consent_version(db: Session, purpose: str, otherwise: str) -> str:
    """The wording that a yes or no is given to: "terms-3"; `otherwise` while nothing was published."""
    kind = _KIND_OF_PURPOSE.get(purpose, Legal.PRIVACY)
    counting = in_force(db, kind)
    return otherwise if counting is None else f"{kind.value}-{counting.version}"
