"""The facts: who bought what, when, for how much; what was given back; and what an import brought."""

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from club.database import NEVER_REUSED, Base, BigId


class Purchase(Base):
    """A dated, settled fact. Amounts in minor units, tax included, delivery excluded."""

    __tablename__ = "purchase"
    __table_args__ = (
        UniqueConstraint("channel", "reference"),
        CheckConstraint("amount >= 0 AND tax >= 0 AND tax <= amount", name="amounts_positive"),
        CheckConstraint("net_amount >= 0 AND net_amount <= amount", name="net_amount_range"),
        CheckConstraint("points >= 0 AND net_points >= 0 AND net_points <= points", name="net_points_range"),
        CheckConstraint(
            "qualifying_points >= 0 AND net_qualifying_points >= 0 AND net_qualifying_points <= qualifying_points",
            name="net_qualifying_points_range",
        ),
        Index("ix_purchase_window", "member_id", "bought_on", "net_amount", "net_qualifying_points"),
        Index("ix_purchase_bought_on", "bought_on", "member_id"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    channel: Mapped[str] = mapped_column(String(24))
    reference: Mapped[str] = mapped_column(String(100))
    bought_on: Mapped[date]
    amount: Mapped[int] = mapped_column(BigId)
    tax: Mapped[int] = mapped_column(BigId, default=0)
    points: Mapped[int] = mapped_column(BigId, default=0)
    """What it earned, with multipliers and campaigns."""
    qualifying_points: Mapped[int] = mapped_column(BigId, default=0)
    """What it earned at the base rate alone: what counts for tiers."""
    net_amount: Mapped[int] = mapped_column(BigId)
    """The amount less what was given back; a purchase given back whole counts no more."""
    net_points: Mapped[int] = mapped_column(BigId, default=0)
    net_qualifying_points: Mapped[int] = mapped_column(BigId, default=0)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    import_id: Mapped[int | None] = mapped_column(ForeignKey("import_run.id"), index=True)
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Digest of an imported row, to tell the same row from another one under its reference."""


class PurchaseLine(Base):
    """What was bought: amount and points of the whole line, stored so that a return reads them back."""

    __tablename__ = "purchase_line"
    __table_args__ = (
        UniqueConstraint("purchase_id", "position"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("amount >= 0 AND tax >= 0 AND points >= 0 AND qualifying_points >= 0", name="values_positive"),
        CheckConstraint("returned_quantity >= 0 AND returned_quantity <= quantity", name="returned_range"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    purchase_id: Mapped[int] = mapped_column(ForeignKey("purchase.id"))
    position: Mapped[int]
    category: Mapped[str] = mapped_column(String(80), default="")
    sku: Mapped[str] = mapped_column(String(80), default="")
    description: Mapped[str] = mapped_column(String(300), default="")
    quantity: Mapped[int]
    amount: Mapped[int] = mapped_column(BigId)
    tax: Mapped[int] = mapped_column(BigId, default=0)
    points: Mapped[int] = mapped_column(BigId, default=0)
    qualifying_points: Mapped[int] = mapped_column(BigId, default=0)
    returned_quantity: Mapped[int] = mapped_column(default=0)


class Correction(Base):
    """A return or cancellation: its own date and reference, and what it takes from the original."""

    __tablename__ = "correction"
    __table_args__ = (
        UniqueConstraint("channel", "reference"),
        CheckConstraint("amount >= 0 AND points >= 0 AND qualifying_points >= 0", name="values_positive"),
        CheckConstraint("kind IN ('return', 'cancellation')", name="kind_known"),
        Index("ix_correction_purchase_id", "purchase_id"),
        Index("ix_correction_corrected_on", "corrected_on"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    purchase_id: Mapped[int] = mapped_column(ForeignKey("purchase.id"))
    kind: Mapped[str] = mapped_column(String(12))
    channel: Mapped[str] = mapped_column(String(24))
    reference: Mapped[str] = mapped_column(String(100))
    corrected_on: Mapped[date]
    amount: Mapped[int] = mapped_column(BigId)
    points: Mapped[int] = mapped_column(BigId, default=0)
    qualifying_points: Mapped[int] = mapped_column(BigId, default=0)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    import_id: Mapped[int | None] = mapped_column(ForeignKey("import_run.id"), index=True)
    content: Mapped[bytes | None] = mapped_column(LargeBinary)


class CorrectionLine(Base):
    """How many units of a line were given back by a correction."""

    __tablename__ = "correction_line"

    correction_id: Mapped[int] = mapped_column(ForeignKey("correction.id"), primary_key=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("purchase_line.id"), primary_key=True)
    quantity: Mapped[int]
    amount: Mapped[int] = mapped_column(BigId)
    points: Mapped[int] = mapped_column(BigId)


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
        Index("ix_import_row_content", "import_id", "content", "row_number"),
        Index("ix_import_row_reference", "import_id", "channel", "reference"),
        Index("ix_import_row_member", "import_id", "member_key"),
    )

    import_id: Mapped[int] = mapped_column(ForeignKey("import_run.id"), primary_key=True)
    row_number: Mapped[int] = mapped_column(primary_key=True)
    member_key: Mapped[str] = mapped_column(String(254))
    member_id: Mapped[int | None]
    channel: Mapped[str] = mapped_column(String(24))
    reference: Mapped[str | None] = mapped_column(String(100))
    returns: Mapped[str | None] = mapped_column(String(100))
    dated_on: Mapped[date]
    amount: Mapped[int] = mapped_column(BigId)
    category: Mapped[str] = mapped_column(String(80))
    quantity: Mapped[int | None]
    content: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(24))
