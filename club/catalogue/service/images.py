"""Pictures of products as rows; the files are made by whoever calls."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from club.audit import record
from club.catalogue.models import Product, ProductImage
from club.catalogue.pictures import is_described
from club.catalogue.rules.faults import Fault, Place
from club.catalogue.rules.products import LONGEST_ALT, MOST_IMAGES, check_texts
from club.database import Transaction, transaction
from club.errors import BadProduct, NotFound
from club.permissions import Permission, Role, require
from club.programme.service import touch
from club.texts import Texts


@dataclass(frozen=True)
class NewImage:
    """A picture that was re-encoded and stands in the folder of uploads under `file`."""

    file: str
    alt: Texts
    width: int
    height: int
    variant_id: int | None = None


@dataclass(frozen=True)
class Waiting:
    """A picture whose sizes have to be made."""

    id: int
    file: str
    width: int
    height: int


def add_image(db: Session, product_id: int, image: NewImage, by: int | None, role: Role, now: datetime) -> int:
    """Put a picture behind the others and return its id; its sizes wait to be made. Raises `BadProduct`, `NotFound`."""
    require(role, Permission.EDIT_PRODUCTS)
    check_texts(Place.ALT, image.alt, LONGEST_ALT)
    with transaction(db) as tx:
        touch(tx)
        if tx.execute(select(Product.id).where(Product.id == product_id).with_for_update()).first() is None:
            raise NotFound
        count, last = tx.execute(
            select(func.count(), func.max(ProductImage.position)).where(ProductImage.product_id == product_id)
        ).one()
        if count >= MOST_IMAGES:
            raise BadProduct(Place.ALT, Fault.TOO_MANY, str(MOST_IMAGES))
        image_id = tx.execute(
            insert(ProductImage)
            .values(
                product_id=product_id, variant_id=image.variant_id, position=(last or 0) + 1, file=image.file,
                alt=image.alt, width=image.width, height=image.height, state="waiting", sizes=[], added_at=now,
            )
            .returning(ProductImage.id)
        ).scalar_one()  # fmt: skip
        record(tx, "image.added", "product", product_id, by=by, now=now, image=image_id)
    return image_id


def write_alt(tx: Transaction, image_id: int, alt: Texts, by: int | None, now: datetime) -> None:
    """A step: other words for who cannot see it. Raises `BadProduct`, `NotFound`."""
    check_texts(Place.ALT, alt, LONGEST_ALT)
    product_id = tx.execute(
        update(ProductImage).where(ProductImage.id == image_id).values(alt=alt).returning(ProductImage.product_id)
    ).scalar_one_or_none()
    if product_id is None:
        raise NotFound
    record(tx, "image.changed", "product", product_id, by=by, now=now, image=image_id)


def move_image(db: Session, image_id: int, step: int, by: int | None, role: Role, now: datetime) -> None:
    """Change places with the one before (step -1) or after it (1). The first one stands in lists."""
    require(role, Permission.EDIT_PRODUCTS)
    with transaction(db) as tx:
        touch(tx)
        product_id = tx.scalar(select(ProductImage.product_id).where(ProductImage.id == image_id))
        if product_id is None:
            raise NotFound
        order = list(
            tx.scalars(
                select(ProductImage.id)
                .where(ProductImage.product_id == product_id)
                .order_by(ProductImage.position, ProductImage.id)
            )
        )
        at = order.index(image_id)
        to = min(max(at + step, 0), len(order) - 1)
        order.insert(to, order.pop(at))
        for position, one in enumerate(order, start=1):
            tx.execute(update(ProductImage).where(ProductImage.id == one).values(position=position))
        record(tx, "image.moved", "product", product_id, by=by, now=now, image=image_id, before=at + 1, after=to + 1)


def remove_image(db: Session, image_id: int, by: int | None, role: Role, now: datetime) -> list[str]:
    """Remove a picture; returns the names of its files, for whoever deletes them after the commit."""
    require(role, Permission.EDIT_PRODUCTS)
    with transaction(db) as tx:
        touch(tx)
        row = tx.execute(
            delete(ProductImage)
            .where(ProductImage.id == image_id)
            .returning(ProductImage.product_id, ProductImage.file, ProductImage.sizes)
        ).one_or_none()
        if row is None:
            raise NotFound
        record(tx, "image.removed", "product", row.product_id, by=by, now=now, image=image_id)
    return [row.file, *(str(size["file"]) for size in row.sizes)]


def has_undescribed(db: Session, product_id: int) -> bool:
    """Whether a picture of a product lacks its words in some language."""
    alts = db.scalars(select(ProductImage.alt).where(ProductImage.product_id == product_id))
    return not all(map(is_described, alts))


def waiting_images(db: Session, limit: int = 20) -> list[Waiting]:
    """Pictures whose sizes are not made yet, the oldest first."""
    rows = db.execute(
        select(ProductImage.id, ProductImage.file, ProductImage.width, ProductImage.height)
        .where(ProductImage.state == "waiting")
        .order_by(ProductImage.id)
        .limit(limit)
    )
    return [Waiting(*row) for row in rows]


def image_made(db: Session, image_id: int, sizes: list[dict[str, Any]]) -> bool:
    """The sizes of a picture stand in the folder; False where it was removed meanwhile."""
    return _settle(db, image_id, "ready", sizes)


def image_failed(db: Session, image_id: int) -> bool:
    """No sizes can be made of it; it is shown as it is."""
    return _settle(db, image_id, "failed", [])


def _settle(db: Session, image_id: int, state: str, sizes: list[dict[str, Any]]) -> bool:
    with transaction(db) as tx:
        touch(tx)
        settled = tx.connection().execute(
            update(ProductImage).where(ProductImage.id == image_id).values(state=state, sizes=sizes)
        )
    return settled.rowcount == 1
