"""Pictures of events: drawn anew and kept beside those of products, their sizes made by the worker."""

from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from club.audit import record
from club.catalogue import files
from club.catalogue.pictures import take
from club.catalogue.rules.faults import Place
from club.catalogue.rules.products import LONGEST_ALT, check_texts
from club.catalogue.service.images import Waiting
from club.catalogue.service.photos import Studio, make_sizes
from club.database import transaction
from club.errors import NotFound, TooManyPictures
from club.events.models import EVENTS, IMAGES
from club.permissions import Permission, Role, require
from club.texts import Texts

MOST_IMAGES = 24


def add_image(  # noqa: PLR0917 - one argument a fact
    db: Session,
    uploads: Path,
    event_id: int,
    sent: bytes,
    alt: Texts,
    by: int,
    role: Role,
    now: datetime,
    *,
    is_photo: bool = False,
) -> int:
    """Keep a picture behind the others and return its id. `is_photo`: taken at the event, shown once it is over.

    Raises `NotAllowed`, `NotFound`, `BadPicture`, `BadProduct` for words that are too long, `TooManyPictures`; then
    nothing stays.
    """
    require(role, Permission.MANAGE_EVENTS)
    check_texts(Place.ALT, alt, LONGEST_ALT)
    taken = take(sent)
    file = files.new_name(taken)
    files.keep(uploads, file, taken.data)
    try:
        with transaction(db) as tx:
            if tx.execute(select(EVENTS.c.id).where(EVENTS.c.id == event_id).with_for_update()).first() is None:
                raise NotFound
            of_event = select(func.count(), func.max(IMAGES.c.position)).where(IMAGES.c.event_id == event_id)
            count, last = tx.execute(of_event).one()
            if count >= MOST_IMAGES:
                raise TooManyPictures(MOST_IMAGES)
            row: dict[str, Any] = {
                "event_id": event_id, "position": (last or 0) + 1, "is_photo": is_photo, "file": file, "alt": alt,
                "width": taken.width, "height": taken.height, "state": "waiting", "sizes": [], "added_at": now,
            }  # fmt: skip
            image_id = int(tx.execute(insert(IMAGES).values(row).returning(IMAGES.c.id)).scalar_one())
            record(tx, "event.picture_added", "event", event_id, by=by, now=now, image=image_id)
    except BaseException:
        files.remove(uploads, [file])
        raise
    return image_id


def remove_image(db: Session, uploads: Path, image_id: int, by: int, role: Role, now: datetime) -> None:
    """Take a picture away, its files too. Raises `NotAllowed`, `NotFound`."""
    require(role, Permission.MANAGE_EVENTS)
    with transaction(db) as tx:
        gone = delete(IMAGES).where(IMAGES.c.id == image_id)
        row = tx.execute(gone.returning(IMAGES.c.event_id, IMAGES.c.file, IMAGES.c.sizes)).one_or_none()
        if row is None:
            raise NotFound
        record(tx, "event.picture_removed", "event", row.event_id, by=by, now=now, image=image_id)
    files.remove(uploads, [row.file, *(str(size["file"]) for size in row.sizes)])


def make_due(studio: Studio) -> int:
    """Make the sizes of every picture that lacks them; how many were finished. Two at once do no harm."""
    finished = 0
    columns = (IMAGES.c.id, IMAGES.c.file, IMAGES.c.width, IMAGES.c.height)
    asked = select(*columns).where(IMAGES.c.state == "waiting").order_by(IMAGES.c.id).limit(1)
    with studio.make_session() as db:
        while not studio.is_stopping() and (row := db.execute(asked).one_or_none()) is not None:
            db.rollback()
            sizes = make_sizes(studio, Waiting(*row))
            if sizes == []:
                break  # the worker ends
            values = {"state": "failed" if sizes is None else "ready", "sizes": sizes or []}
            with transaction(db) as tx:
                tx.execute(update(IMAGES).where(IMAGES.c.id == row.id).values(values))
            finished += 1
    return finished


def files_named(db: Session) -> list[tuple[str, int]]:
    """File and width of every picture, for whoever removes what no row names."""
    return [(row.file, row.width) for row in db.execute(select(IMAGES.c.file, IMAGES.c.width))]
