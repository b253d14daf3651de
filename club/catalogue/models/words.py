"""The words by which products are found, written by whoever writes the product. See docs/decisions/0015."""

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from club.catalogue.models.products import BYTEWISE
from club.database import Base

_NO_ROWID = {"sqlite_with_rowid": False}


class ProductWord(Base):
    """A folded word of a product in one language, and how much it says about it."""

    __tablename__ = "product_word"
    __table_args__ = (Index("ix_product_word_product_id", "product_id"), _NO_ROWID)

    language: Mapped[str] = mapped_column(String(2), primary_key=True)
    word: Mapped[str] = mapped_column(BYTEWISE, primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), primary_key=True)
    weight: Mapped[int]


class NearWord(Base):
    """What is left of a word when one letter is missing: two words with something left in common are a slip apart."""

    __tablename__ = "near_word"
    __table_args__ = (_NO_ROWID,)

    language: Mapped[str] = mapped_column(String(2), primary_key=True)
    rest: Mapped[str] = mapped_column(BYTEWISE, primary_key=True)
    word: Mapped[str] = mapped_column(BYTEWISE, primary_key=True)


class ProductName(Base):
    """The folded name in each language, to sort by."""

    __tablename__ = "product_name"
    __table_args__ = (Index("ix_product_name_sort_key", "language", "sort_key", "product_id"),)

    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), primary_key=True)
    language: Mapped[str] = mapped_column(String(2), primary_key=True)
    sort_key: Mapped[str] = mapped_column(BYTEWISE)
