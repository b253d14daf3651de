"""Pictures of events that are ready to be shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, and_, func, select
from sqlalchemy.orm import Session

from club.events.models import EVENTS, IMAGES
from club.texts import Texts


@dataclass(frozen=True)
class EventImageView:
    """A picture of an event with its sizes, as the worker made them."""

    id: int
    file: str
    alt: Texts
    width: int
    height: int
    sizes: Sequence[Mapping[str, Any]]
    is_photo: bool
    """Taken at the event."""


_COLUMNS = (
    IMAGES.c.event_id, IMAGES.c.id, IMAGES.c.file, IMAGES.c.alt, IMAGES.c.width, IMAGES.c.height, IMAGES.c.sizes,
    IMAGES.c.is_photo,
)  # fmt: skip


def images_of(db: Session, event_ids: Sequence[int]) -> dict[int, list[EventImageView]]:
    """The pictures of each event in their order, photos of it last."""
    found: dict[int, list[EventImageView]] = {}
    asked = select(*_COLUMNS).where(IMAGES.c.event_id.in_(event_ids), IMAGES.c.state == "ready")
    for row in db.execute(asked.order_by(IMAGES.c.is_photo, IMAGES.c.position, IMAGES.c.id)) if event_ids else ():
        found.setdefault(row.event_id, []).append(EventImageView(*row[1:]))
    return found


def first_pictures(db: Session, event_ids: Sequence[int]) -> dict[int, EventImageView]:
    """One picture of each event that has any: its own, else a photo of it."""
    if not event_ids:
        return {}
    order = (IMAGES.c.is_photo, IMAGES.c.position, IMAGES.c.id)
    turn = func.row_number().over(partition_by=IMAGES.c.event_id, order_by=order).label("turn")
    each = select(*_COLUMNS, turn).where(IMAGES.c.event_id.in_(event_ids), IMAGES.c.state == "ready").subquery()
    rows = db.execute(select(each).where(each.c.turn == 1))
    return {row.event_id: EventImageView(*row[1:-1]) for row in rows}


_OTHERS = IMAGES.alias("others")
FIRST = and_(
    IMAGES.c.event_id == EVENTS.c.id,
    IMAGES.c.id
    == select(func.min(_OTHERS.c.id))
    .where(_OTHERS.c.event_id == EVENTS.c.id, _OTHERS.c.state == "ready", ~_OTHERS.c.is_photo)
    .scalar_subquery(),
)
"""Joins an event with one picture of it."""
PICTURE = tuple(column.label(f"picture_{column.name}") for column in _COLUMNS[1:])


def picture_in(row: Row[*tuple[Any, ...]]) -> EventImageView | None:
    """The picture of a row with the columns `PICTURE`."""
    return None if row.picture_id is None else EventImageView(*(getattr(row, one.name) for one in PICTURE))
