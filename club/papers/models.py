"""Papers: who sells, series of numbers, what was issued with which content, its file, and who took it away.

A paper's own row holds ids and sums and never changes. What it says, names and addresses among it, stands in a side
row under the hash that the paper carries: nobody changes it unseen, and the law's term for keeping it can end.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from club.database import NEVER_REUSED, Base, BigId
from club.texts import Texts

_KINDS = "kind IN ('invoice', 'credit_note', 'order_receipt', 'refund_receipt')"


class PaperSetting(Base):
    """Who sells, and how papers are numbered: one row, id 1; none: the club has not said so yet."""

    __tablename__ = "paper_setting"
    __table_args__ = (
        CheckConstraint("id = 1", name="one_row"),
        CheckConstraint("mode IN ('receipts', 'invoices')", name="mode_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=1)
    mode: Mapped[str] = mapped_column(String(8))
    legal_name: Mapped[str] = mapped_column(String(200))
    tax_number: Mapped[str] = mapped_column(String(40))
    address: Mapped[str] = mapped_column(String(200))
    postcode: Mapped[str] = mapped_column(String(20))
    city: Mapped[str] = mapped_column(String(100))
    country: Mapped[str] = mapped_column(String(2))
    register: Mapped[str] = mapped_column(String(200))
    invoice_prefix: Mapped[str] = mapped_column(String(8))
    credit_prefix: Mapped[str] = mapped_column(String(8))
    receipt_prefix: Mapped[str] = mapped_column(String(8))
    refund_prefix: Mapped[str] = mapped_column(String(8))
    how_to_pay: Mapped[Texts]
    """What an invoice that is not paid yet says: the bank account."""
    untaxed: Mapped[Texts]
    """What a paper says where no tax is inside."""
    version: Mapped[int] = mapped_column(default=1)


class PaperSeries(Base):
    """The numbers of one prefix: the row is locked while one is given, so none is left out or given twice."""

    __tablename__ = "paper_series"
    __table_args__ = (CheckConstraint("next_number > 0", name="next_positive"), NEVER_REUSED)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    prefix: Mapped[str] = mapped_column(String(16), unique=True)
    """With its year: F2026-."""
    next_number: Mapped[int]
    last_at: Mapped[datetime]
    """When the newest was issued: a later number is never of an earlier moment."""


class Paper(Base):
    """A paper as it was issued: append-only, ids and sums in minor units. Credit notes count below zero."""

    __tablename__ = "paper"
    __table_args__ = (
        CheckConstraint(_KINDS, name="kind_known"),
        CheckConstraint("total = net + tax", name="total_adds_up"),
        CheckConstraint("(refers_to IS NULL) = (kind IN ('invoice', 'order_receipt'))", name="refers_to_another"),
        UniqueConstraint("series_id", "position"),
        Index("ix_paper_order_id", "order_id", "id"),
        Index("ix_paper_issued_at", "issued_at", "id"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    series_id: Mapped[int] = mapped_column(ForeignKey("paper_series.id"))
    position: Mapped[int]
    number: Mapped[str] = mapped_column(String(32), unique=True)
    kind: Mapped[str] = mapped_column(String(16))
    cause: Mapped[str] = mapped_column(String(40), unique=True)
    """What it was issued for, once: order:12, cancellation:12, return:4."""
    order_id: Mapped[int] = mapped_column(ForeignKey("shop_order.id"))
    refers_to: Mapped[int | None] = mapped_column(ForeignKey("paper.id"), index=True)
    """The paper that a credit note takes something back of."""
    issued_at: Mapped[datetime]
    language: Mapped[str] = mapped_column(String(2))
    currency: Mapped[str] = mapped_column(String(3))
    net: Mapped[int] = mapped_column(BigId)
    tax: Mapped[int] = mapped_column(BigId)
    total: Mapped[int] = mapped_column(BigId)
    content_hash: Mapped[str] = mapped_column(String(64))
    """SHA-256 of its content."""


class PaperContent(Base):
    """Everything that a paper says, as values and as the words that are printed: JSON, exactly as it was hashed."""

    __tablename__ = "paper_content"

    paper_id: Mapped[int] = mapped_column(ForeignKey("paper.id"), primary_key=True)
    content: Mapped[str] = mapped_column(Text)


class PaperFile(Base):
    """A file that was made of a paper's content: append-only. A second one: another press made it anew."""

    __tablename__ = "paper_file"
    __table_args__ = (UniqueConstraint("paper_id", "file_hash"), NEVER_REUSED)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    paper_id: Mapped[int] = mapped_column(ForeignKey("paper.id"))
    name: Mapped[str] = mapped_column(String(80))
    file_hash: Mapped[str] = mapped_column(String(64))
    """SHA-256 of its bytes."""
    size: Mapped[int]
    press: Mapped[str] = mapped_column(String(40))
    """The program and template that made it: the same press makes the same bytes."""
    made_at: Mapped[datetime]


class PaperDownload(Base):
    """Somebody took a paper away: append-only."""

    __tablename__ = "paper_download"
    __table_args__ = (
        CheckConstraint("actor IN ('buyer', 'member', 'staff')", name="actor_known"),
        Index("ix_paper_download_paper_id", "paper_id", "id"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    paper_id: Mapped[int] = mapped_column(ForeignKey("paper.id"))
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(8))
    """buyer: by the address of the order, without signing in."""
    by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
