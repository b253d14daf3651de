"""Pictures with their files: taken in from staff, described, removed, and made in all sizes by the worker."""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from club.catalogue import files
from club.catalogue.files import size_name
from club.catalogue.models import Product, ProductImage
from club.catalogue.pictures import Kind, height_for, is_described, sized, take, widths_for
from club.catalogue.rules.products import State
from club.catalogue.service.images import (
    NewImage,
    Waiting,
    add_image,
    image_failed,
    image_made,
    remove_image,
    waiting_images,
    write_alt,
)
from club.database import transaction
from club.errors import NotFound, PicturesNotDescribed
from club.permissions import Permission, Role, require
from club.programme.service import touch
from club.texts import Texts

log = logging.getLogger(__name__)


def add_photo(  # noqa: PLR0917 - one argument a fact
    db: Session, uploads: Path, product_id: int, sent: bytes, alt: Texts, by: int | None, role: Role, now: datetime
) -> int:
    """Draw anew what was sent, keep that behind the product's pictures, and return its id; the worker makes the sizes.

    A product in the shop takes described pictures only. Raises `NotAllowed`, `NotFound`, `BadPicture`, `BadProduct`,
    `PicturesNotDescribed`; then nothing stays.
    """
    require(role, Permission.EDIT_PRODUCTS)
    _check_alt(db, product_id, [alt])
    taken = take(sent)
    file = files.new_name(taken)
    files.keep(uploads, file, taken.data)
    try:
        return add_image(db, product_id, NewImage(file, alt, taken.width, taken.height), by, role, now)
    except BaseException:
        files.remove(uploads, [file])
        raise


def describe_photos(
    db: Session, product_id: int, alts: Mapping[int, Texts], by: int | None, role: Role, now: datetime
) -> int:
    """Say what pictures show; how many descriptions are other ones now. Raises `PicturesNotDescribed`, `BadProduct`."""
    require(role, Permission.EDIT_PRODUCTS)
    with transaction(db) as tx:
        touch(tx)
        state = tx.scalar(select(Product.state).where(Product.id == product_id).with_for_update())
        rows = tx.execute(
            select(ProductImage.id, ProductImage.alt)
            .where(ProductImage.product_id == product_id)
            .order_by(ProductImage.id)
            .with_for_update()
        )
        changed = {row.id: alts[row.id] for row in rows if row.id in alts and alts[row.id] != row.alt}
        _check_described(state, list(changed.values()))
        for image_id, alt in changed.items():
            write_alt(tx, image_id, alt, by, now)
    return len(changed)


def remove_photo(db: Session, uploads: Path, image_id: int, by: int | None, role: Role, now: datetime) -> None:
    """Take a picture away, its files too. Raises `NotAllowed`, `NotFound`."""
    files.remove(uploads, remove_image(db, image_id, by, role, now))


# --- what the worker does


@dataclass(frozen=True)
class Studio:
    """What somebody who makes sizes needs."""

    make_session: sessionmaker[Session]
    uploads: Path
    is_stopping: Callable[[], bool] = lambda: False


def make_due(studio: Studio) -> int:
    """Make the sizes of every picture that lacks them; how many pictures were finished.

    Files that stand are not made again, so whoever was killed half way goes on, and two at once do no harm.
    """
    finished = 0
    with studio.make_session() as db:
        while not studio.is_stopping() and (waiting := waiting_images(db, 1)):
            db.rollback()
            sizes = make_sizes(studio, waiting[0])
            if sizes is None:
                image_failed(db, waiting[0].id)
            elif not sizes:
                break  # the worker ends
            else:
                image_made(db, waiting[0].id, sizes)
                finished += 1
    return finished


def sweep(db: Session, uploads: Path, now: datetime, also: Iterable[tuple[str, int]] = ()) -> int:
    """Remove files that no row names: of pictures taken away meanwhile, of uploads that broke off.

    `also`: file and width of pictures that others keep in the same folder.
    """
    rows = [*also, *((row.file, row.width) for row in db.execute(select(ProductImage.file, ProductImage.width)))]
    db.rollback()
    wanted = {file for file, _ in rows}
    wanted |= {size_name(file, size, kind) for file, width in rows for size in widths_for(width) for kind in Kind}
    return files.sweep(uploads, wanted, now)


def make_sizes(studio: Studio, waiting: Waiting) -> list[dict[str, Any]] | None:
    """What `sizes` of a picture is to be; empty where the worker ends meanwhile, None where it cannot be made."""
    sizes: list[dict[str, Any]] = []
    try:
        master = files.read(studio.uploads, waiting.file)
        for width in widths_for(waiting.width):
            for kind in Kind:
                if studio.is_stopping():
                    return []
                name = size_name(waiting.file, width, kind)
                if not files.is_there(studio.uploads, name):
                    files.keep(studio.uploads, name, sized(master, width, kind))
                height = height_for(width, waiting.width, waiting.height)
                sizes.append({"width": width, "height": height, "format": kind.value, "file": name})
    except OSError:
        log.exception("picture %s: its sizes cannot be made", waiting.id)
        return None
    return sizes


def _check_alt(db: Session, product_id: int, alts: list[Texts]) -> None:
    state = db.scalar(select(Product.state).where(Product.id == product_id))
    db.rollback()
    _check_described(state, alts)


def _check_described(state: str | None, alts: list[Texts]) -> None:
    if state is None:
        raise NotFound
    if state == State.LIVE and not all(map(is_described, alts)):
        raise PicturesNotDescribed
