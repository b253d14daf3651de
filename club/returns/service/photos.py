"""Photos of goods that are not as they should be: drawn anew, seen by their buyer and by staff, and forgotten."""

from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from club.accounts.attempts import count_tries, from_address
from club.catalogue import files
from club.catalogue.drawing import draw, standing
from club.database import Transaction, transaction
from club.errors import EnoughPhotos, NotFound
from club.returns.models import ReturnCase, ReturnPhoto
from club.returns.rules import MOST_PHOTOS, OPEN
from club.returns.service.steps import hold_case

INSIDE = "returns"
"""Their folder inside the folder of uploads."""
KEPT = timedelta(days=90)
"""How long they stay once their case has ended."""
WIDTH = 1280


def add_photo(db: Session, uploads: Path, case_id: int, sent: bytes, now: datetime, address: str = "") -> int:
    """Draw anew what a buyer sent, keep that, and return its id. Whoever calls it knows that the case is theirs.

    `address` of the network, whose tries are counted. Raises `NotFound`, `BadPicture`, `TooManyTries`, and
    `EnoughPhotos` once there are three, or the case is over; then nothing stays.
    """
    with transaction(db) as tx:
        _check_room(tx, case_id)
        if address:
            count_tries(tx, [from_address("photo.address", address)], now)
    with standing(uploads, draw(sent, WIDTH), INSIDE) as file, transaction(db) as tx:
        _check_room(tx, case_id)
        row = {"case_id": case_id, "file": file, "added_at": now}
        photo_id: int = tx.execute(insert(ReturnPhoto).values(row).returning(ReturnPhoto.id)).scalar_one()
    return photo_id


def _check_room(tx: Transaction, case_id: int) -> None:
    held = hold_case(tx, case_id)
    there = tx.scalar(select(func.count()).where(ReturnPhoto.case_id == case_id)) or 0
    if there >= MOST_PHOTOS or held.state not in OPEN:
        raise EnoughPhotos(MOST_PHOTOS)


def photos_of(db: Session, case_id: int) -> list[int]:
    """The ids of a case's photos, the first first."""
    return list(db.scalars(select(ReturnPhoto.id).where(ReturnPhoto.case_id == case_id).order_by(ReturnPhoto.id)))


def photo_of(db: Session, uploads: Path, case_id: int, photo_id: int) -> bytes:
    """One photo of a case, a JPEG; raises `NotFound`."""
    file = db.scalar(select(ReturnPhoto.file).where(ReturnPhoto.id == photo_id, ReturnPhoto.case_id == case_id))
    if file is None:
        raise NotFound
    try:
        return files.read(uploads, file, INSIDE)
    except FileNotFoundError as gone:
        raise NotFound from gone


def forget_photos(db: Session, uploads: Path, now: datetime) -> int:
    """Remove photos of cases that ended long ago, and files that no row names; how many photos that were."""
    ended = func.coalesce(ReturnCase.refunded_at, ReturnCase.decided_at)
    over = select(ReturnCase.id).where(ReturnCase.state.not_in(sorted(OPEN)), ended < now - KEPT)
    with transaction(db) as tx:
        gone = tx.scalars(
            delete(ReturnPhoto).where(ReturnPhoto.case_id.in_(over)).returning(ReturnPhoto.file)
        ).all()  # fmt: skip
    files.remove(uploads, gone, INSIDE)
    wanted = set(db.scalars(select(ReturnPhoto.file)))
    db.rollback()
    files.sweep(uploads, wanted, now, INSIDE)
    return len(gone)
