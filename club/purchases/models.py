"""The facts: who bought what, when, for how much, and what was given back."""

from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    bindparam,
    func,
    select,
    text,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from club.database import NEVER_REUSED, Base, BigId
from club.errors import NotFound, UnknownReference
from club.members.models import Person
from club.purchases.rules import Bought, BoughtLine


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
        Index(
            "ix_purchase_recorded_by",
            "recorded_by",
            "id",
            sqlite_where=text("recorded_by IS NOT NULL"),
            postgresql_where=text("recorded_by IS NOT NULL"),
        ),
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
    """Digest of the imported row or the form, to tell the same one from another one under its reference."""


class PurchaseLine(Base):
    """What was bought: amount and points of the whole line, stored so that a return reads them back."""

    __tablename__ = "purchase_line"
    __table_args__ = (
        UniqueConstraint("purchase_id", "position"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("amount >= 0 AND tax >= 0 AND points >= 0 AND qualifying_points >= 0", name="values_positive"),
        CheckConstraint("returned_quantity >= 0 AND returned_quantity <= quantity", name="returned_range"),
        Index(
            "ix_purchase_line_sku",
            "sku",
            "id",
            sqlite_where=text("sku <> ''"),
            postgresql_where=text("sku <> ''"),
        ),
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


# --- queries

_PURCHASES, _LINES, _CORRECTIONS = Purchase.__table__.c, PurchaseLine.__table__.c, Correction.__table__.c
_BOUGHT = select(*(_PURCHASES[field.name] for field in fields(Bought)))
_BY_REFERENCE = _BOUGHT.where(
    _PURCHASES.channel == bindparam("channel"), _PURCHASES.reference == bindparam("reference")
)
_BY_ID = _BOUGHT.where(_PURCHASES.id == bindparam("id"))
_LINES_OF = (
    select(*(_LINES[field.name] for field in fields(BoughtLine)))
    .where(_LINES.purchase_id == bindparam("purchase_id"))
    .order_by(_LINES.position)
)
_POINTS_BETWEEN = select(func.coalesce(func.sum(_PURCHASES.net_points), 0)).where(
    _PURCHASES.member_id == bindparam("member_id"),
    _PURCHASES.bought_on.between(bindparam("first"), bindparam("last")),
)


@dataclass(frozen=True)
class AtTheCounter:
    """A purchase in the list of whoever recorded it."""

    id: int
    member_id: int
    full_name: str
    member_number: str
    reference: str
    bought_on: date
    recorded_at: datetime
    amount: int
    net_amount: int
    points: int
    net_points: int


@dataclass(frozen=True)
class Back:
    """A return or cancellation as the purchase's page lists it."""

    kind: str
    reference: str
    corrected_on: date
    amount: int
    points: int


def corrections_of(db: Session, purchase_id: int) -> list[Back]:
    """What was given back of a purchase, in order."""
    rows = db.execute(
        select(*(_CORRECTIONS[field.name] for field in fields(Back)))
        .where(_CORRECTIONS.purchase_id == purchase_id)
        .order_by(_CORRECTIONS.id)
    )
    return [Back(*row) for row in rows]


def was_given_back_by(db: Session, purchase_id: int, content: bytes) -> bool:
    """Whether this very form gave something back already."""
    found = select(_CORRECTIONS.id).where(_CORRECTIONS.purchase_id == purchase_id, _CORRECTIONS.content == content)
    return db.scalar(found.limit(1)) is not None


def bought(db: Session, channel: str, reference: str) -> Bought:
    """A purchase by its reference; raises `UnknownReference`."""
    found = find_bought(db, channel, reference)
    if found is None:
        raise UnknownReference(reference)
    return found


def find_bought(db: Session, channel: str, reference: str) -> Bought | None:
    """A purchase by its reference, if there is one."""
    row = db.execute(_BY_REFERENCE, {"channel": channel, "reference": reference}).one_or_none()
    return None if row is None else Bought(*row)


def bought_by_id(db: Session, purchase_id: int) -> Bought:
    """A purchase by id; raises `NotFound`."""
    row = db.execute(_BY_ID, {"id": purchase_id}).one_or_none()
    if row is None:
        raise NotFound
    return Bought(*row)


def locked(tx: Session, channel: str, reference: str) -> Bought:
    """The same, held until the transaction ends, so that nobody else gives back of it meanwhile."""
    row = tx.execute(_BY_REFERENCE.with_for_update(), {"channel": channel, "reference": reference}).one_or_none()
    if row is None:
        raise UnknownReference(reference)
    return Bought(*row)


def lines_of(db: Session, purchase_id: int) -> list[BoughtLine]:
    """The lines of a purchase in their order."""
    return [BoughtLine(*row) for row in db.execute(_LINES_OF, {"purchase_id": purchase_id})]


def points_between(db: Session, member_id: int, first: date, last: date) -> int:
    """What a member's purchases of these days earned, less what was reversed."""
    return int(db.scalar(_POINTS_BETWEEN, {"member_id": member_id, "first": first, "last": last}) or 0)


def recorded_by(db: Session, account_id: int, channel: str, limit: int) -> list[AtTheCounter]:
    """The last purchases that somebody recorded, the newest first."""
    rows = db.execute(
        select(
            _PURCHASES.id,
            _PURCHASES.member_id,
            Person.full_name,
            Person.member_number,
            _PURCHASES.reference,
            _PURCHASES.bought_on,
            _PURCHASES.recorded_at,
            _PURCHASES.amount,
            _PURCHASES.net_amount,
            _PURCHASES.points,
            _PURCHASES.net_points,
        )
        .join(Person, Person.id == _PURCHASES.member_id)
        .where(_PURCHASES.recorded_by == account_id, _PURCHASES.channel == channel)
        .order_by(_PURCHASES.id.desc())
        .limit(limit)
    )
    return [AtTheCounter(*row) for row in rows]


def came_by(db: Session, account_id: int, channel: str, content: bytes, limit: int) -> int | None:
    """The purchase that this person recorded by one form, looked for among their last ones."""
    last = (
        select(_PURCHASES.id, _PURCHASES.content)
        .where(_PURCHASES.recorded_by == account_id, _PURCHASES.channel == channel)
        .order_by(_PURCHASES.id.desc())
        .limit(limit)
        .subquery()
    )
    return db.scalar(select(last.c.id).where(last.c.content == content))


def categories_known(db: Session, limit: int) -> list[str]:
    """The categories that purchases were recorded in, to offer them again."""
    used = select(_LINES.category).where(_LINES.category != "").order_by(_LINES.id.desc()).limit(500).subquery()
    return list(db.scalars(select(used.c.category).distinct().order_by(used.c.category).limit(limit)))


def categories_of(db: Session, member_id: int, since: date, limit: int = 50) -> list[str]:
    """The categories that a member bought of since a day, by what was spent; what was given back does not count."""
    bought = Purchase.__table__.c
    asked = (
        select(_LINES.category)
        .join_from(Purchase, PurchaseLine, _LINES.purchase_id == bought.id)
        .where(
            bought.member_id == member_id, bought.bought_on >= since, _LINES.category != "",
            _LINES.returned_quantity < _LINES.quantity,
        )
        .group_by(_LINES.category)
        .order_by(func.sum(_LINES.amount).desc(), _LINES.category)
        .limit(limit)
    )  # fmt: skip
    return list(db.scalars(asked))


class Latest(NamedTuple):
    """A purchase as its member sees it, returns taken off."""

    bought_on: date
    channel: str
    net_amount: int
    net_points: int


_LATEST = (
    select(_PURCHASES.bought_on, _PURCHASES.channel, _PURCHASES.net_amount, _PURCHASES.net_points)
    .where(
        _PURCHASES.member_id == bindparam("member_id"),
        _PURCHASES.bought_on <= bindparam("last"),
        _PURCHASES.net_amount > 0,
    )
    .order_by(_PURCHASES.bought_on.desc(), _PURCHASES.id.desc())
    .limit(bindparam("most"))
)
_LATEST_SINCE = _LATEST.where(_PURCHASES.bought_on >= bindparam("first"))


def latest_of(db: Session, member_id: int, first: date | None, last: date, limit: int) -> list[Latest]:
    """A member's purchases of these days that were not given back whole, the newest first."""
    query = _LATEST if first is None else _LATEST_SINCE
    rows = db.execute(query, {"member_id": member_id, "first": first, "last": last, "most": limit})
    return [Latest(*row) for row in rows]


def is_all_back(db: Session, purchase_id: int) -> bool:
    """Whether nothing is left of a purchase: no amount, and no piece of any line."""
    left = _PURCHASES.net_amount > 0
    pieces = select(_LINES.purchase_id).where(
        _LINES.purchase_id == purchase_id, _LINES.returned_quantity < _LINES.quantity
    )
    return db.scalar(select(_PURCHASES.id).where(_PURCHASES.id == purchase_id, left | pieces.exists())) is None


def is_anything_bought(db: Session) -> bool:
    """Whether there is a purchase at all: then amounts in the club's currency exist."""
    return db.scalar(select(Purchase.id).limit(1)) is not None
