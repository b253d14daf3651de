"""What the process keeps between requests because finding it out takes longer than a page: figures of a night, counts
over many rows. The key names all that it follows from; the club's stamp is part of every key."""

from collections.abc import Callable, Hashable
from datetime import UTC, datetime
from typing import TypeVar

from club.programme.models import remembered
from web.database import db

Value = TypeVar("Value")

MOST_LASTING = 200
MANY = 2_000
"""So large a number may be a minute old: nobody counts after it, and nothing is decided by its last digits."""


def lasting(name: str, key: Hashable, find: Callable[[], Value]) -> Value:
    """What `find` gave for this key."""
    known = _known(name)
    if key not in known:
        _keep(known, key, find())
    found: Value = known[key]  # type: ignore[assignment]  # what this name's `find` gave
    return found


def lasting_if_many(name: str, key: Hashable, find: Callable[[], Value], count: Callable[[Value], int]) -> Value:
    """The same for this minute, if it counts many; of few the number is always fresh."""
    known, now = _known(name), (key, datetime.now(UTC).replace(second=0, microsecond=0))
    if now in known:
        kept: Value = known[now]  # type: ignore[assignment]  # what this name's `find` gave
        return kept
    found = find()
    if count(found) > MANY:
        _keep(known, now, found)
    return found


def _known(name: str) -> dict[Hashable, object]:
    return remembered(db(), f"lasting {name}", lambda _db: {})


def _keep(known: dict[Hashable, object], key: Hashable, value: object) -> None:
    if len(known) >= MOST_LASTING:
        known.clear()
    known[key] = value
