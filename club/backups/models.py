"""What became of each backup, and the last one that can be trusted."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from club.database import NEVER_REUSED, Base, BigId


class BackupRun(Base):
    """One backup: asked for by the night or by somebody, then taken, looked through, and one day removed."""

    __tablename__ = "backup_run"
    __table_args__ = (
        CheckConstraint("(finished_at IS NULL) = (is_good IS NULL)", name="end_has_result"),
        Index("ix_backup_run_finished_at", "finished_at"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    asked_at: Mapped[datetime]
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    """None: the night."""
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    is_good: Mapped[bool | None]
    file: Mapped[str | None] = mapped_column(String(80))
    size_bytes: Mapped[int | None] = mapped_column(BigInteger)
    rows: Mapped[int | None] = mapped_column(BigInteger)
    """Of all tables together."""
    trouble: Mapped[str | None] = mapped_column(String(16))
    detail: Mapped[str | None] = mapped_column(String(300))
    """What the operator needs to know about the trouble, in English."""
    removed_at: Mapped[datetime | None]


@dataclass(frozen=True)
class Good:
    """A backup that was written and looked through."""

    finished_at: datetime
    size_bytes: int
    file: str


@dataclass(frozen=True)
class Run:
    """One line of the list."""

    run_id: int
    asked_at: datetime
    asked_by: int | None
    started_at: datetime | None
    finished_at: datetime | None
    is_good: bool | None
    file: str | None
    size_bytes: int | None
    rows: int | None
    trouble: str | None
    detail: str | None
    removed_at: datetime | None


_RUNS = BackupRun.__table__.c
_LAST_GOOD = (
    select(_RUNS.finished_at, _RUNS.size_bytes, _RUNS.file)
    .where(_RUNS.is_good.is_(True), _RUNS.removed_at.is_(None))
    .order_by(_RUNS.finished_at.desc())
    .limit(1)
)


def last_good(db: Session) -> Good | None:
    """The newest backup that can be trusted and is still there."""
    row = db.execute(_LAST_GOOD).one_or_none()
    return None if row is None else Good(row.finished_at, row.size_bytes or 0, row.file or "")


def latest(db: Session, most: int) -> list[Run]:
    """The last backups, good or not, the newest first."""
    columns = [BackupRun.__table__.c["id" if name == "run_id" else name] for name in Run.__dataclass_fields__]
    return [Run(*row) for row in db.execute(select(*columns).order_by(BackupRun.id.desc()).limit(most))]


def is_asked_for(db: Session) -> bool:
    """Whether a backup waits for the worker, or is under way."""
    return db.scalar(select(BackupRun.id).where(BackupRun.finished_at.is_(None)).limit(1)) is not None
