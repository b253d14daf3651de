"""What an import leaves and what it needs on the way: a row for each file, and its rows until they are taken in."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, String, false, text
from sqlalchemy.orm import Mapped, mapped_column

from club.database import NEVER_REUSED, Base, BigId


class ImportRun(Base):
    """One file taken in: what, when, by whom, how far it is and what came of it.

    It is the whole truth of an import: the worker looks for runs that wait, and whoever holds a run renews its lease.
    """

    __tablename__ = "import_run"
    __table_args__ = (Index("ix_import_run_state", "state", "id"), NEVER_REUSED)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    file_name: Mapped[str] = mapped_column(String(200))
    """As its owner called it, to show; the file itself is kept under the id of the run."""
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    counts: Mapped[dict[str, int]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(16), default="running", server_default=text("'done'"))
    """See `imports.rules.State`."""
    size: Mapped[int] = mapped_column(BigId, default=0, server_default=text("0"))
    """Bytes."""
    digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Of the whole file, to tell that it came before."""
    options: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default=text("'{}'"))
    """Which column is which, and what was chosen."""
    found: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default=text("'{}'"))
    """What the trial or the import found, for its page; personal values in it go when it cannot be undone any more."""
    step: Mapped[str] = mapped_column(String(16), default="", server_default=text("''"))
    step_began_at: Mapped[datetime | None]
    step_done: Mapped[int] = mapped_column(BigId, default=0, server_default=text("0"))
    step_of: Mapped[int] = mapped_column(BigId, default=0, server_default=text("0"))
    seen_at: Mapped[datetime | None]
    """When whoever works on it last said so."""
    leased_until: Mapped[datetime | None]
    """None: nobody works on it, or the command line does."""
    claims: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """Rises with every taking over: whoever holds an older one has lost the run."""
    is_stop_asked: Mapped[bool] = mapped_column(default=False, server_default=false())
    writing_since: Mapped[datetime | None]
    """When it first began to change the club."""
    undo_until: Mapped[datetime | None]


class ImportChange(Base):
    """What an import did to a person, kept as long as it can be undone.

    `made`: the person came with it. `changed`: an existing one, with what was before and what is after. `touched`: a
    member whose purchases are being taken back, until the tiers were looked at.
    """

    __tablename__ = "import_change"
    __table_args__ = (
        CheckConstraint("kind IN ('made', 'changed', 'touched')", name="kind_known"),
        Index("ix_import_change_import_id", "import_id", "kind", "id"),
        Index("ix_import_change_person_id", "person_id"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    import_id: Mapped[int] = mapped_column(ForeignKey("import_run.id"))
    kind: Mapped[str] = mapped_column(String(10))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


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
