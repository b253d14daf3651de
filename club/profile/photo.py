"""A member's own photo: drawn anew, seen by them and by staff who look after them, never by anybody else."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from club.accounts.attempts import count_tries, from_address
from club.audit import record
from club.catalogue import files
from club.catalogue.drawing import draw, standing
from club.database import Transaction, transaction
from club.errors import NotFound, UnknownMember
from club.members.models import Person
from club.profile.models import PROFILES, Profile
from club.profile.service import CHANGED

INSIDE = "members"
"""Their folder inside the folder of uploads."""
WIDTH = 640


def put_photo(db: Session, uploads: Path, person_id: int, sent: bytes, *, by: int, address: str, now: datetime) -> None:
    """Keep what a member sent in place of what was there. Raises `BadPicture`, `TooManyTries`; then nothing changes."""
    with transaction(db) as tx:
        count_tries(tx, [from_address("photo.address", address)], now)
    drawn = draw(sent, WIDTH)
    with standing(uploads, drawn, INSIDE), transaction(db) as tx:
        former = _write(tx, person_id, drawn.name, by, now)
    files.remove(uploads, former, INSIDE)


def remove_photo(db: Session, uploads: Path, person_id: int, *, by: int, now: datetime) -> None:
    """Nobody sees it any more; its file is gone too."""
    with transaction(db) as tx:
        former = _write(tx, person_id, None, by, now)
    files.remove(uploads, former, INSIDE)


def photo_of(db: Session, uploads: Path, person_id: int) -> bytes:
    """A JPEG; raises `NotFound`. Whoever calls it knows that it may be seen."""
    file = db.scalar(select(PROFILES.photo).where(PROFILES.person_id == person_id))
    if file is None:
        raise NotFound
    try:
        return files.read(uploads, file, INSIDE)
    except FileNotFoundError as gone:
        raise NotFound from gone


def with_photo(db: Session, person_ids: Iterable[int]) -> frozenset[int]:
    """Of these people, who has a photo: one question, or none."""
    wanted = list(person_ids)
    if not wanted:
        return frozenset()
    asked = select(PROFILES.person_id).where(PROFILES.person_id.in_(wanted), PROFILES.photo.is_not(None))
    return frozenset(db.scalars(asked))


def sweep(db: Session, uploads: Path, now: datetime) -> int:
    """Remove files that no row names: of whoever left, of uploads that broke off; how many that were."""
    wanted = set(db.scalars(select(PROFILES.photo).where(PROFILES.photo.is_not(None))))
    db.rollback()
    return files.sweep(uploads, wanted, now, INSIDE)


def _write(tx: Transaction, person_id: int, photo: str | None, by: int, now: datetime) -> list[str]:
    """The file that stood there before, if one did."""
    if tx.scalar(select(Person.id).where(Person.id == person_id).with_for_update()) is None:
        raise UnknownMember
    before = tx.execute(select(PROFILES.photo).where(PROFILES.person_id == person_id)).one_or_none()
    if before is None:
        tx.execute(insert(Profile).values(person_id=person_id, photo=photo))
    else:
        tx.execute(update(Profile).where(Profile.person_id == person_id).values(photo=photo))
    record(
        tx,
        CHANGED,
        "person",
        person_id,
        by=by,
        now=now,
        person_id=person_id,
        words={"after": {"photo": photo is not None}},
        fields=1,
    )
    return [before.photo] if before is not None and before.photo else []
