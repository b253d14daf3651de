"""What an import leaves and what it needs on the way: a row for each file, and its rows until they are taken in."""

from datetime import date, datetime

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from club.database import NEVER_REUSED, Base, BigId


class ImportRun(Base):
    """One file taken in: what, when, by whom, and what came of it."""

    __tablename__ = "import_run"
    __table_args__ = (NEVER_REUSED,)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    file_name: Mapped[str] = mapped_column(String(200))
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    counts: Mapped[dict[str, int]] = mapped_column(JSON)


class ImportRow(Base):
    """A row of a file on its way in; gone when its import is finished."""

    __tablename__ = "import_row"
    __table_args__ = (
        Index(
            "ix_import_row_content",
            "import_id",
            "content",
            "row_number",
            sqlite_where=text("reference IS NULL"),
            postgresql_where=text("reference IS NULL"),
        ),
        Index(
            "ix_import_row_returns",
            "import_id",
            "channel",
            "returns",
            "row_number",
            sqlite_where=text("returns IS NOT NULL"),
            postgresql_where=text("returns IS NOT NULL"),
        ),
        Index(
            "ix_import_row_member",
            "import_id",
            "member_key",
            "dated_on",
            "row_number",
            sqlite_where=text("returns IS NULL"),
            postgresql_where=text("returns IS NULL"),
        ),
    )

    import_id: Mapped[int] = mapped_column(ForeignKey("import_run.id"), primary_key=True)
    row_number: Mapped[int] = mapped_column(primary_key=True)
    member_key: Mapped[str] = mapped_column(String(254))
    channel: Mapped[str] = mapped_column(String(24))
    reference: Mapped[str | None] = mapped_column(String(100))
    """As in the file; none: derived from `content` and `nth`."""
    nth: Mapped[int] = mapped_column(default=1)
    """Of the rows that say the same and have no reference, the first, second, …"""
    returns: Mapped[str | None] = mapped_column(String(100))
    dated_on: Mapped[date]
    amount: Mapped[int] = mapped_column(BigId)
    category: Mapped[str] = mapped_column(String(80))
    quantity: Mapped[int | None]
    content: Mapped[bytes] = mapped_column(LargeBinary)
    """Digest of what the row says."""
